import { describe, expect, it } from "vitest";
import { plays as blockedCode } from "./blocked-code.ts";
import { plays as changedCode } from "./changed-code.ts";
import { plays as isolation } from "./isolation.ts";
import { plays as oneEnd } from "./one-end.ts";
import { plays as oneWriter } from "./one-writer.ts";

describe("one writer at a time (K1)", () => {
  it.each(oneWriter)("$id $title", async ({ run }) => {
    await expect(run()).resolves.toBeUndefined();
  });
});

describe("a journal that does not fit the code (K4)", () => {
  it.each(changedCode)("$id $title", async ({ run }) => {
    await expect(run()).resolves.toBeUndefined();
  });
});

describe("code that does not fit an open execution (K4)", () => {
  it.each(blockedCode)("$id $title", async ({ run }) => {
    await expect(run()).resolves.toBeUndefined();
  });
});

describe("isolation (fault:A3, A7, A8)", () => {
  it.each(isolation)("$id $title", async ({ run }) => {
    await expect(run()).resolves.toBeUndefined();
  });
});

describe("an end at a bad moment (K8, K10)", () => {
  it.each(oneEnd)("$id $title", async ({ run }) => {
    await expect(run()).resolves.toBeUndefined();
  });
});
