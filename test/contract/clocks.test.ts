import { systemClock } from "../../src/flow/clock.ts";
import { WebClock } from "../parsers/web/web-clock.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { HandClock } from "../support/hand-clock.ts";
import { clockContract } from "./clock-contract.ts";

clockContract({ name: "the system's clock", create: () => systemClock });

clockContract({ name: "a clock whose sleeps end at once", create: () => new FakeClock() });

clockContract({
  name: "a clock that only the test moves",
  create: () => new HandClock(),
  pass: (clock, ms) => clock.advance(ms),
});

clockContract({ name: "a clock for talks with servers", create: () => new WebClock() });
