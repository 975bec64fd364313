/** A brand's accent must stay readable: AA text contrast on the page, and on itself. */
const ENOUGH = 4.5;
/** The ground on which text is hardest to read: --sunken by day, --raised by night. */
const GROUND = { light: "#ececee", dark: "#222226" } as const;

type Rgb = [number, number, number];

function parse(colour: string): Rgb | null {
  const found = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(colour);
  return found ? [1, 2, 3].map((part) => Number.parseInt(found[part] ?? "0", 16)) as Rgb : null;
}

const print = (rgb: Rgb): string => `#${rgb.map((part) => Math.round(part).toString(16).padStart(2, "0")).join("")}`;

function luminance(rgb: Rgb): number {
  const [r, g, b] = rgb.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** WCAG contrast of two "#rrggbb" colours, 1 to 21. */
export function contrast(one: string, other: string): number {
  const [dark, light] = [one, other].map((colour) => luminance(parse(colour) ?? [0, 0, 0])).sort((a, b) => a - b);
  return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05);
}

function towards(rgb: Rgb, end: number, share: number): Rgb {
  return rgb.map((part) => part + (end - part) * share) as Rgb;
}

/** The accent itself where it can be read on every ground of the page, else the nearest shade of it that can. */
export function readable(accent: string, mode: "light" | "dark"): string | null {
  const rgb = parse(accent);
  if (!rgb) {
    return null;
  }
  const end = mode === "light" ? 0 : 255;
  const shades = Array.from({ length: 21 }, (_, step) => print(towards(rgb, end, step / 20)));
  return shades.find((shade) => contrast(shade, GROUND[mode]) >= ENOUGH) ?? null;
}

/** Dresses the page in a brand's accent; without one, or with a broken one, Chorus's own stays. */
export function applyAccent(accent: string, style = document.documentElement.style): void {
  for (const mode of ["light", "dark"] as const) {
    const suffix = mode === "light" ? "" : "-dark";
    const shade = readable(accent, mode);
    const on = shade && (contrast(shade, "#ffffff") >= ENOUGH ? "#ffffff" : "#111113");
    style.setProperty(`--brand-accent${suffix}`, shade ?? "");
    style.setProperty(`--brand-on-accent${suffix}`, on ?? "");
  }
  style.setProperty("--accent-soft", "color-mix(in srgb, var(--accent) 12%, var(--surface))");
}
