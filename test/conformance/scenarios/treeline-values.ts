/** D1: every value that crosses a boundary comes out as it went in, as a copy. */
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { units, type Scenario } from "../scenario.ts";

/** All that JSON alone would lose. Made anew for each use, for nobody may share it. */
const rich = () => ({
  date: new Date(1_700_000_000_000),
  big: 2n ** 70n,
  map: new Map<unknown, unknown>([
    ["a", new Set([1, "1"])],
    [{ key: "object" }, new Map([[1n, undefined]])],
  ]),
  bytes: new Uint8Array([0, 127, 255]),
  nothing: undefined,
  list: [undefined, null, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0],
  deep: { er: { dates: [new Date(0)] } },
  looksTagged: { $date: "no", $tl: ["date", 0], __type: "Map" },
});

/** What a workflow finds of it: every entry must be true. */
function inspect(value: ReturnType<typeof rich>): Record<string, boolean> {
  const keys = [...value.map.keys()];
  return {
    date: value.date instanceof Date && value.date.getTime() === 1_700_000_000_000,
    big: value.big === 2n ** 70n,
    map: value.map instanceof Map && value.map.size === 2,
    set: [...(value.map.get("a") as Set<unknown>)].join() === "1,1" && (value.map.get("a") as Set<unknown>).has("1"),
    objectKey: (keys[1] as { key: string }).key === "object",
    bytes: value.bytes instanceof Uint8Array && value.bytes.join() === "0,127,255",
    nothing: "nothing" in value && value.nothing === undefined,
    hole: value.list.length === 6 && value.list[0] === undefined && value.list[1] === null,
    nan: Number.isNaN(value.list[2]) && value.list[3] === Infinity && value.list[4] === -Infinity,
    minusZero: Object.is(value.list[5], -0),
    deep: value.deep.er.dates[0]?.getTime() === 0,
    looksTagged: value.looksTagged.$date === "no" && value.looksTagged.$tl[0] === "date",
  };
}

const allTrue = Object.fromEntries(Object.keys(inspect(rich())).map((key) => [key, true]));

function downAndBack(): Scenario {
  const child = workflow({ name: "D1.child" }, (_ctx, value: ReturnType<typeof rich>) => ({
    value,
    found: inspect(value),
  }));
  const parent = workflow({ name: "D1.parent" }, async (ctx, value: ReturnType<typeof rich>) => {
    const { value: back, found } = await ctx.execute(child, value, { name: "child" });
    return { fromOutside: inspect(value), child: found, back: inspect(back), value: back };
  });
  return {
    id: "D1",
    rows: ["D1", "T30"],
    title: "dates, maps, sets, bigints, bytes, undefined and odd numbers go from outside to parent to child and back",
    workflows: [parent, child],
    start: [{ workflow: "D1.parent", input: rich() }],
    expect: {
      status: "SUCCEEDED",
      output: { fromOutside: allTrue, child: allTrue, back: allTrue, value: rich() },
      tree: { "/child": { status: "SUCCEEDED", output: { value: rich(), found: allTrue } } },
    },
  };
}

function throughEveryDoor(): Scenario {
  const child = workflow({ name: "D1-doors.child" }, async (ctx) => {
    const got = await ctx.waitForSignal<ReturnType<typeof rich>>("value");
    return { signal: inspect(got), state: inspect(ctx.state.get("value") as ReturnType<typeof rich>) };
  });
  const root = workflow({ name: "D1-doors.root" }, async (ctx) => {
    const step = await ctx.step("make", rich);
    const scope = await ctx.runInChildContext("scope", rich);
    const condition = await ctx.waitForCondition("poll", rich, {
      initialState: rich(),
      waitStrategy: () => ({ shouldContinue: false }),
    });
    const handle = await ctx.start(child, null, { name: "child", state: { value: rich() } });
    await handle.signal("value", rich());
    const [callback] = ctx.createCallback<ReturnType<typeof rich>>("callback");
    const answer = await callback;
    const outside = await ctx.waitForSignal<ReturnType<typeof rich>>("value");
    return [step, scope, condition, answer, outside]
      .map(inspect)
      .concat(Object.values(await handle.result()))
      .map((found) => Object.values(found).every(Boolean));
  });
  return {
    id: "D1-doors",
    rows: ["D1"],
    title: "the same through steps, scopes, polls, state, signals and callbacks",
    workflows: [root, child],
    start: [{ workflow: "D1-doors.root" }],
    script: [
      {
        when: { path: "/", waitsFor: "callback" },
        do: { kind: "callback", path: "/", name: "callback", succeed: rich() },
      },
      {
        when: { path: "/", waitsFor: "value" },
        do: { kind: "signal", path: "/", name: "value", payload: rich() },
      },
    ],
    expect: { status: "SUCCEEDED", output: Array.from({ length: 7 }, () => true) },
  };
}

function throughContinueAsNew(): Scenario {
  const root = workflow({ name: "D1-continued.root" }, async (ctx, value: ReturnType<typeof rich> | null) => {
    if (value === null) {
      ctx.state.set("value", rich());
      return ctx.continueAsNew(rich());
    }
    return [inspect(value), inspect(ctx.state.get("value") as ReturnType<typeof rich>)];
  });
  return {
    id: "D1-continued",
    rows: ["D1", "D8"],
    title: "the same through continue-as-new",
    workflows: [root],
    start: [{ workflow: "D1-continued.root", input: null }],
    expect: { status: "SUCCEEDED", output: [allTrue, allTrue] },
  };
}

/** Nobody can change what somebody else holds, live as little as after a restart. */
function copies(): Scenario {
  interface Box {
    n: number;
  }
  const child = workflow({ name: "D1-copies.child" }, async (ctx, box: Box) => {
    await ctx.wait(units(1));
    const got = box.n;
    box.n = 99;
    return { got, box };
  });
  const root = workflow({ name: "D1-copies.root" }, async (ctx) => {
    const box: Box = { n: 1 };
    const handle = await ctx.start(child, box, { name: "child" });
    await handle.signal("unused", box);
    box.n = 2;
    const result = await handle.result();
    const again = await handle.result();
    const untouched = result.got === 1 && box.n === 2 && again.box !== result.box;
    const kept = { made: undefined as Box | undefined };
    const step = await ctx.step("make", () => {
      kept.made = { n: 1 };
      return kept.made;
    });
    step.n = 2;
    const scoped: Box = { n: 1 };
    const scope = await ctx.runInChildContext("scope", () => scoped);
    scope.n = 2;
    const twin: Box = { n: 1 };
    const pair = await ctx.step("pair", () => [twin, twin]);
    // Live, `kept.made` is the step's own object; replayed, the step does not run. Neither may be `step`.
    return { untouched, step: kept.made !== step, scope: scoped.n, pair: pair[0] !== pair[1] };
  });
  return {
    id: "D1-copies",
    rows: ["D1"],
    title: "what is handed over is a copy of that moment",
    workflows: [root, child],
    start: [{ workflow: "D1-copies.root" }],
    expect: { status: "SUCCEEDED", output: { untouched: true, step: true, scope: 1, pair: true } },
  };
}

/** Keys of an attacker's JSON: plain data, nothing more. */
function hostileKeys(): Scenario {
  const text =
    '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"toString":1,"":"empty","a.b":2}';
  const check = (value: unknown) => {
    const object = value as Record<string, unknown>;
    return (
      Object.hasOwn(object, "__proto__") &&
      Object.keys(object).length === 5 &&
      Object.getPrototypeOf(object) === Object.prototype &&
      object["toString"] === 1 &&
      object[""] === "empty" &&
      !("polluted" in object) &&
      !("polluted" in {})
    );
  };
  const child = workflow({ name: "D1-hostile.child" }, (_ctx, value: unknown) => ({ fine: check(value), value }));
  const root = workflow({ name: "D1-hostile.root" }, async (ctx, value: unknown) => {
    const { fine, value: back } = await ctx.execute(child, value, { name: "child" });
    // With something in it that plain JSON would lose, it takes the codec's careful way.
    const mixed = await ctx.step("mixed", () => ({ at: new Date(0), value: JSON.parse(text) as unknown }));
    ctx.state.set("__proto__", { polluted: true });
    const state = ctx.state.all();
    return {
      outside: check(value),
      child: fine,
      back: check(back),
      mixed: check(mixed.value),
      state: Object.hasOwn(state, "__proto__") && !("polluted" in state),
    };
  });
  return {
    id: "D1-hostile",
    rows: ["D1"],
    title: "hostile keys are data like any other",
    workflows: [root, child],
    start: [{ workflow: "D1-hostile.root", input: JSON.parse(text) as unknown }],
    expect: {
      status: "SUCCEEDED",
      output: { outside: true, child: true, back: true, mixed: true, state: true },
    },
  };
}

function textOfAllKinds(): Scenario {
  const texts = ["", " ", "\u0000", "\ud83c\udf32", "\u2028\u2029", '"\\', "ä".normalize("NFD"), "x".repeat(100_000)];
  const child = workflow({ name: "D1-texts.child" }, (_ctx, text: string) => text);
  const root = workflow({ name: "D1-texts.root" }, async (ctx) => {
    const back = await ctx.promise.all(texts.map((text) => ctx.execute(child, text, { name: "child" })));
    return back.map((text, i) => text === texts[i]);
  });
  return {
    id: "D1-texts",
    rows: ["D1"],
    title: "texts of all kinds come back as they were",
    workflows: [root, child],
    start: [{ workflow: "D1-texts.root" }],
    expect: { status: "SUCCEEDED", output: texts.map(() => true) },
  };
}

export const scenarios: readonly Scenario[] = [
  downAndBack(),
  throughEveryDoor(),
  throughContinueAsNew(),
  copies(),
  hostileKeys(),
  textOfAllKinds(),
];
