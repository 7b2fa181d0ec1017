import type { Clock } from "../../flow/clock.ts";
import { HostPace } from "./host-pace.ts";

/** What parsers of web sites are given beside their source. One for a run, so that its sources keep one pace together. */
export type WebAccess = {
  readonly clock: Clock;
  readonly pace: HostPace;
  /** File that keeps the pages of the last run, so that an unchanged one costs a 304. */
  readonly cachePath: string;
  /** A dry run writes nothing, this file included. */
  readonly cacheWritable: boolean;
};

/** What the web sources of a run share. */
export function webAccess(options: Omit<WebAccess, "pace">): WebAccess {
  return { ...options, pace: new HostPace(options.clock) };
}
