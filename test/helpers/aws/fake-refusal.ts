export type Json = Record<string, unknown>;

/** As a service of AWS answers: its code, and what it says. */
export class Refusal extends Error {
  readonly code: string;
  readonly status: number;
  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}
