export type Theme = "system" | "light" | "dark";

const KEY = "chorus-theme";
const NEXT: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };

export function theme(): Theme {
  const kept = localStorage.getItem(KEY);
  return kept === "light" || kept === "dark" ? kept : "system";
}

/** Shows the chosen theme: set on <html>, or left to the system. */
export function applyTheme(chosen: Theme = theme()): void {
  if (chosen === "system") {
    delete document.documentElement.dataset.theme;
  } else {
    document.documentElement.dataset.theme = chosen;
  }
}

export function nextTheme(): Theme {
  const chosen = NEXT[theme()];
  localStorage.setItem(KEY, chosen);
  applyTheme(chosen);
  return chosen;
}
