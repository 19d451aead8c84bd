// Resolution of modules: `graphql` is the package graphql-17.
const OLD = /^graphql(?=$|\/)/;

export const resolve = (name, context, next) => next(name.replace(OLD, 'graphql-17'), context);
