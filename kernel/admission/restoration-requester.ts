import type { AdmissionPlugin } from '../ports/admission.ts';
import type { UserInfo } from '../ports/auth.ts';

/** Notes in a new Restoration who asks for it: with the rights of that user everything is done, whatever the object says. */
export const restorationRequester: AdmissionPlugin = {
  name: 'RestorationRequester',
  handles: ({ operation, definition: { group, plural } }) =>
    operation === 'create' && group === 'kernel.planform.dev' && plural === 'restorations',
  async mutate(draft, { user, changeReason }) {
    const given = draft['spec'];
    if (typeof given !== 'object' || given === null) return;
    const stated = changeReason === undefined ? {} : { reason: changeReason };
    draft['spec'] = { ...stated, ...given, requestedBy: requesterOf(user) };
  },
};

function requesterOf({ name, uid, groups, extra }: UserInfo) {
  return {
    username: name,
    groups: [...groups],
    ...(uid === undefined ? {} : { uid }),
    ...(extra === undefined ? {} : { extra: structuredClone(extra) }),
  };
}
