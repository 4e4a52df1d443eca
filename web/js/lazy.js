// What is loaded only when somebody asks for it. The page says in a `meta` under which address each part lies, for the
// address changes with the content.

/** Loads a part by its name. */
export function load(name) {
  const meta = document.querySelector(`meta[name="oneroof-lazy"][data-part="${CSS.escape(name)}"]`);
  return meta ? import(meta.content) : Promise.reject(new Error(`${name} is not part of this client`));
}
