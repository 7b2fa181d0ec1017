/** The clock of the run, which stands first, so that it can be moved on without anything else. */
export const CLOCK_COLUMNS = 7;

/** "1:02:03" */
export function clockText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  const two = (value: number) => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor((seconds % 3_600) / 60)];
  const short = `${hours > 0 ? two(minutes) : minutes}:${two(seconds % 60)}`;
  return (hours > 0 ? `${hours}:${short}` : short).padStart(CLOCK_COLUMNS);
}
