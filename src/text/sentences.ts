/** Between two sentences, as far as punctuation shows it. */
// At most some closing marks: of a long run of them, each would be looked back upon from every place behind it.
export const SENTENCE_END = /(?<=[.!?:;][)"'\]]{0,4})\s+|(?<=[。！？；])/;
