import { ChorusGallery } from "./gallery";

// Two script tags on one page, or two versions of this file, must not fail: the first one wins.
if (!customElements.get("chorus-gallery")) customElements.define("chorus-gallery", ChorusGallery);
