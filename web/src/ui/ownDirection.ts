/**
 * For the `attributes` of a field whose text is of any language: it is read in its own direction, an empty one in the
 * page's. As a `dir` of the field's it would go to the box around it, which has no text and so is read from the left.
 */
export const OWN_DIRECTION = { input: { dir: 'auto' } } as const;
