import { startPulse } from "./report/live/pulse.ts";

declare const self: Worker;

self.onmessage = ({ data }: MessageEvent<SharedArrayBuffer>) => void startPulse(data);
