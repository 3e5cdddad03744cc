/** A change that met no row is a defect of the caller, not something to go on after. */
export function mustChange(result: { readonly changes: number }, what: string): void {
  if (result.changes === 0) throw new Error(`the database has no ${what}`);
}
