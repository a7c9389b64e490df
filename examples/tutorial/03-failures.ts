import { ApplicationError, ChildExecutionError, workflow } from "treeline";

export const reserveHotel = workflow({ name: "hotel" }, (ctx) => ctx.step("reserve", () => "room 12"));

export const reserveFlight = workflow({ name: "flight" }, (ctx) =>
  ctx.step("reserve", () => {
    throw new ApplicationError("no seat left", { type: "SoldOut", nonRetryable: true });
  }),
);

export default workflow({ name: "trip" }, async (ctx) => {
  const room = await ctx.execute(reserveHotel, undefined);
  try {
    await ctx.execute(reserveFlight, undefined);
    return "have a good trip";
  } catch (error) {
    if (!(error instanceof ChildExecutionError)) throw error;
    await ctx.step("cancel the room", () => `${room} cancelled`);
    return `no trip: ${error.workflow} ${error.status}`;
  }
});
