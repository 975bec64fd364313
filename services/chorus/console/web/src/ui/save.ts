/** Has the browser save a JSON document, as it stands, under a name. */
export function saveJson(name: string, document_: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([document_], { type: "application/json" }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
