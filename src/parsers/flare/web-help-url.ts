const WEB_HELP_BASE = "https://documentation.basis.cloud/BASISHelp/WebHelp/";

/** Where the built help shows a topic. `path` is relative to the project's `Content` folder. */
export function webHelpUrl(displayBase: string | undefined, path: string): string {
  const base = displayBase ?? WEB_HELP_BASE;
  return (base.endsWith("/") ? base : `${base}/`) + path.split("/").map(encodeSegment).join("/");
}

function encodeSegment(segment: string): string {
  return encodeURI(segment.toWellFormed()).replace(/[#?]/g, encodeURIComponent);
}
