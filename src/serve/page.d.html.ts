/** The file, as a text: Bun's own types take it for a page to be bundled. */
declare const page: string;
export default page;
