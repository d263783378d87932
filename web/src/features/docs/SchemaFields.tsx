// The fields of a body, each with its type. The content of a field is drawn when it is opened.

import { useState } from 'react';
import { useTexts } from '../../messages/useTexts.js';
import type { Schema } from './apiDescription.js';
import css from './docs.module.css';

interface Field {
  name: string;
  schema: Schema;
  isRequired: boolean;
}

export function SchemaFields({ schema }: { schema: Schema }) {
  const t = useTexts('docs');
  const typeOf = useTypeNames();
  const variants = variantsOf(schema);
  if (variants.length > 1 && variants.some(each => fieldsOf(each).length > 0)) {
    return (
      <>
        <p className={css.quiet}>{t('oneOf')}</p>
        {variants.map((variant, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: variants have no name, and never move
          <div key={at} className={css.variant}>
            <SchemaFields schema={variant} />
          </div>
        ))}
      </>
    );
  }
  const fields = fieldsOf(schema);
  if (fields.length === 0) return <code className={css.code}>{typeOf(schema)}</code>;
  return (
    <ul className={css.fields}>
      {fields.map(field => (
        <FieldView key={field.name} field={field} typeName={typeOf(field.schema)} />
      ))}
      {schema.additionalProperties === true && <li className={css.quiet}>{t('anyField')}</li>}
    </ul>
  );
}

function FieldView({ field, typeName }: { field: Field; typeName: string }) {
  const t = useTexts('docs');
  const [isOpen, setOpen] = useState(false);
  const { name, schema, isRequired } = field;
  const inner = innerOf(schema);
  const line = (
    <>
      <code className={css.code}>{name}</code> <span className={css.type}>{typeName}</span>{' '}
      <span className={css.quiet}>{t(isRequired ? 'required' : 'optional')}</span>
      {schema.description && <span className={css.quiet}> · {schema.description}</span>}
    </>
  );
  if (!inner) return <li>{line}</li>;
  return (
    <li>
      <details onToggle={event => setOpen(event.currentTarget.open)}>
        <summary>{line}</summary>
        {isOpen && <SchemaFields schema={inner} />}
      </details>
    </li>
  );
}

function fieldsOf(schema: Schema): Field[] {
  const parts = [schema, ...(schema.allOf ?? [])];
  return parts.flatMap(({ properties = {}, required = [] }) =>
    Object.entries(properties).map(([name, each]) => ({
      name,
      schema: each,
      isRequired: required.includes(name),
    })),
  );
}

/** Leaves out the variant that only means null. */
function variantsOf(schema: Schema): Schema[] {
  const all = schema.anyOf ?? schema.oneOf ?? [];
  return all.filter(({ type }) => type !== 'null');
}

/** The schema with fields of its own: the field's, that of its list's entries, or that of its variants. */
function innerOf(schema: Schema): Schema | null {
  if (fieldsOf(schema).length > 0) return schema;
  if (schema.items) return innerOf(schema.items);
  const variants = variantsOf(schema);
  const [only] = variants;
  if (variants.length === 1 && only) return innerOf(only);
  return variants.some(each => innerOf(each)) ? schema : null;
}

function useTypeNames(): (schema: Schema) => string {
  const t = useTexts('docs');
  const nameOf = (schema: Schema): string => {
    if (schema.enum) return schema.enum.map(each => JSON.stringify(each)).join(' | ');
    if (schema.const !== undefined) return JSON.stringify(schema.const);
    const all = schema.anyOf ?? schema.oneOf;
    if (all) return [...new Set(all.map(nameOf))].join(' | ');
    if (schema.items) return t('listOf', { type: nameOf(schema.items) });
    const types = Array.isArray(schema.type) ? schema.type : [schema.type ?? 'object'];
    return [types.join(' | '), schema.format && `(${schema.format})`].filter(Boolean).join(' ');
  };
  return nameOf;
}
