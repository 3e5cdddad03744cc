/** A whole number as it stands in a header; null for anything else. */
export const numberOf = (text: string | null): number | null =>
  text !== null && /^\d{1,12}$/.test(text.trim()) ? Number(text) : null;
