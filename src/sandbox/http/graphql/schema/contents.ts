/** What a project holds beside its settings and jobs: members, packages, Terraform states. */
export const CONTENTS_SDL = /* GraphQL */ `
  interface MemberInterface {
    accessLevel: AccessLevel
    user: UserCore
  }

  type ProjectMember implements MemberInterface {
    accessLevel: AccessLevel
    id: ID!
    project: Project
    user: UserCore
  }

  type MemberInterfaceConnection {
    edges: [MemberInterfaceEdge]
    nodes: [MemberInterface]
    pageInfo: PageInfo!
  }

  type MemberInterfaceEdge {
    cursor: String!
    node: MemberInterface
  }

  enum ProjectMemberRelation {
    DIRECT
    INHERITED
    DESCENDANTS
    INVITED_GROUPS
    SHARED_INTO_ANCESTORS
  }

  enum PackageTypeEnum {
    GENERIC
    NPM
    PYPI
  }

  type PackageBase {
    createdAt: Time!
    id: ID!
    name: String!
    packageType: PackageTypeEnum!
    version: String
  }

  type PackageBaseConnection {
    count(limit: Int): Int!
    edges: [PackageBaseEdge]
    nodes: [PackageBase]
    pageInfo: PageInfo!
  }

  type PackageBaseEdge {
    cursor: String!
    node: PackageBase
  }

  type TerraformState {
    id: ID!
    name: String!
  }

  type TerraformStateConnection {
    count(limit: Int): Int!
    edges: [TerraformStateEdge]
    nodes: [TerraformState]
    pageInfo: PageInfo!
  }

  type TerraformStateEdge {
    cursor: String!
    node: TerraformState
  }
`;
