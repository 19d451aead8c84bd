// Next page of a fragment's connection, like `loadNext` of usePaginationFragment.
import runtime from 'relay-runtime';
import { artifact, read } from './environment.js';

const { fetchQuery, getPaginationMetadata, getPaginationVariables, getSingularSelector, getValueAtPath } = runtime;

export async function loadNext(environment, fragment, reference, count) {
  const node = artifact(fragment);
  const { connectionPathInFragmentData, identifierField, paginationMetadata, paginationRequest } =
    getPaginationMetadata(node, 'loadNext');
  const data = read(environment, fragment, reference);
  const { pageInfo } = getValueAtPath(data, connectionPathInFragmentData);
  const { owner, variables } = getSingularSelector(node, reference);
  const known = { ...owner.variables, ...variables, ...(identifierField && { id: data[identifierField] }) };
  const next = getPaginationVariables('forward', count, pageInfo.endCursor, known, {}, paginationMetadata);
  await fetchQuery(environment, paginationRequest, next).toPromise();
  return read(environment, fragment, reference);
}
