/**
 * For objects that every execution is made of, built field by field while they are still private to their maker: a
 * spread per optional field takes four times as long.
 */
export type Mutable<T> = { -readonly [K in keyof T]: T[K] };
