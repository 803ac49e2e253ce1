import type { PrinterColumn } from '../../schema/kind.ts';
import type { Subject } from '../../schema/standard/types.ts';
import type { BindingParts } from './validate.ts';

/** Columns of RoleBindings and ClusterRoleBindings, as kube-apiserver prints them. */
export const bindingColumns: readonly PrinterColumn[] = [
  {
    name: 'Role',
    type: 'string',
    description: 'The role whose rules are granted.',
    value: ({ roleRef }: BindingParts) => `${roleRef.kind}/${roleRef.name}`,
  },
  subjectColumn('Users', 'User', ({ name }) => name),
  subjectColumn('Groups', 'Group', ({ name }) => name),
  subjectColumn('ServiceAccounts', 'ServiceAccount', ({ namespace = '', name }) => `${namespace}/${name}`),
];

/** Column of Roles and ClusterRoles; it stands in place of an age. */
export const createdAtColumn: PrinterColumn = {
  name: 'Created At',
  type: 'string',
  description: 'When the role was made.',
  value: '.metadata.creationTimestamp',
};

function subjectColumn(name: string, kind: string, format: (subject: Subject) => string): PrinterColumn {
  return {
    name,
    type: 'string',
    priority: 1,
    description: `Subjects of the kind ${kind}.`,
    value: ({ subjects = [] }: BindingParts) =>
      subjects
        .filter((subject) => subject.kind === kind)
        .map(format)
        .join(', '),
  };
}
