/** Modules that read the document while they load find an empty one: the tests are of logic, in plain Node. */
Object.assign(globalThis, {
  document: { querySelector: () => null },
  window: { location: { origin: "http://testserver" }, matchMedia: () => ({ matches: false }) },
});
