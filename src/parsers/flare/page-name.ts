/** Not a dash, behind which the name may go on. */
const SITE = /^\s*[|»·•]\s/;

/** A title without the name of the site behind it, where the page is called something without it elsewhere. */
export function pageName(title: string, elsewhere: string): string {
  const isLonger = elsewhere !== "" && title.startsWith(elsewhere) && SITE.test(title.slice(elsewhere.length));
  return isLonger ? elsewhere : title;
}
