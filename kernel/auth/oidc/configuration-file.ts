import { array, boolean, type Infer, object, oneOf, required, string } from '../../schema/schema.ts';

const claimOrExpression = {
  claim: string({ description: 'Claim whose value is taken.' }),
  expression: string({ description: 'CEL over `claims` that gives the value.' }),
};
const prefixedClaimOrExpression = {
  ...claimOrExpression,
  prefix: string({ nullable: true, description: 'Put in front of the value of the claim; empty: nothing.' }),
};

const jwtSchema = object({
  issuer: required(
    object({
      url: required(string({ description: 'What `iss` has to be, https; the issuer describes itself below it.' })),
      discoveryURL: string({ description: 'Where it describes itself instead.' }),
      certificateAuthority: string({
        description: 'Authorities it is checked against, PEM. Default: those of the system.',
      }),
      audiences: required(array(string(), { description: 'A token has to be for one of them.' })),
      audienceMatchPolicy: oneOf(['', 'MatchAny'], { description: 'Has to be MatchAny where there are several.' }),
    }),
  ),
  claimValidationRules: array(
    object({
      claim: string({ description: 'Claim that has to be the required value.' }),
      requiredValue: string({ description: 'Text the claim has to be.' }),
      expression: string({ description: 'CEL over `claims` that has to be true.' }),
      message: string({ description: 'Logged where the expression is not true.' }),
    }),
  ),
  claimMappings: required(
    object({
      username: required(object(prefixedClaimOrExpression)),
      groups: object(prefixedClaimOrExpression),
      uid: object(claimOrExpression),
      extra: array(
        object({
          key: required(string({ description: 'Key of the attribute, a path below a domain.' })),
          valueExpression: required(string({ description: 'CEL over `claims` that gives a text or a list of texts.' })),
        }),
      ),
    }),
  ),
  userValidationRules: array(
    object({
      expression: required(string({ description: 'CEL over `user` that has to be true.' })),
      message: string({ description: 'Logged where it is not.' }),
    }),
  ),
});

/** The fields of an AuthenticationConfiguration (apiserver.config.k8s.io/v1). */
export const configurationSchema = object({
  apiVersion: required(string()),
  kind: required(string()),
  jwt: array(jwtSchema, { maxItems: 64 }),
  anonymous: object({
    enabled: required(boolean({ description: 'Requests without credentials are answered as system:anonymous.' })),
    conditions: array(object({ path: required(string({ description: 'A path they may ask for, exactly.' })) })),
  }),
});

/** One issuer of tokens as it stands in the file. */
export type JwtConfiguration = Infer<typeof jwtSchema>;
/** The file as it stands. */
export type ConfigurationFile = Infer<typeof configurationSchema>;
