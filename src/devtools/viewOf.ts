/** The global object of the page that an element belongs to. */
export const viewOf = (element: Element): Window & typeof globalThis => element.ownerDocument.defaultView!
