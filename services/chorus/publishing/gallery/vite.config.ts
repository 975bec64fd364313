import { defineConfig } from "vitest/config";

export default defineConfig({
  build: {
    target: "es2022",
    sourcemap: false,
    // One classic script: it runs from a plain tag on any page, with or without type="module".
    lib: { entry: "src/main.ts", formats: ["iife"], name: "ChorusGallery", fileName: () => "chorus-gallery.js" },
    rollupOptions: {
      output: { banner: "/*! chorus-gallery, Apache-2.0. Contains thumbhash, MIT, (c) 2023 Evan Wallace. */" },
    },
  },
  test: { include: ["test/**/*.test.ts"], environment: "node" },
});
