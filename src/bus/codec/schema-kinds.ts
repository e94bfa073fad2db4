/** What kind of type avsc has parsed; its declarations tell the kinds apart by class only. */
import type avsc from 'avsc';

export const isRecord = (type: avsc.Type): type is avsc.types.RecordType => type.typeName === 'record';
export const isUnion = (type: avsc.Type): type is avsc.types.UnwrappedUnionType =>
  type.typeName === 'union:unwrapped' || type.typeName === 'union:wrapped';
export const isArray = (type: avsc.Type): type is avsc.types.ArrayType => type.typeName === 'array';
export const isMap = (type: avsc.Type): type is avsc.types.MapType => type.typeName === 'map';
export const isFixed = (type: avsc.Type): type is avsc.types.FixedType => type.typeName === 'fixed';
export const isEnum = (type: avsc.Type): type is avsc.types.EnumType & { readonly default?: string } =>
  type.typeName === 'enum';
