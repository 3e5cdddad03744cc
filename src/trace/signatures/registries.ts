import { client, type ClientStatus } from './row.ts';

/** Clients of container registries, and the runner when it pulls the image of a job. */
export const REGISTRIES: readonly ClientStatus[] = [
  client({
    id: 'registry-token-refused',
    client: 'docker, buildkit, skopeo, kaniko, helm and others',
    versions: 'all',
    example:
      'error building image: GET https://gitlab.example.com/jwt/auth?scope=repository:tools/sdk:pull&service=container_registry: DENIED: access forbidden',
    source: 'runs of docker 28.2.2 and skopeo 1.9.3; app/controllers/jwt_controller.rb of GitLab',
    words: [
      'denied: access',
      'DENIED: access',
      'from registry 40',
      'oauth token',
      'anonymous token',
      'retrieve auth token',
    ],
    pattern:
      /(?:denied|DENIED): access forbidden|status code from registry 40[13]|(?:fetch|obtain) (?:oauth|anonymous) token|unable to retrieve auth token/,
    status: 401,
    access: 'container-registry',
  }),
  client({
    id: 'registry-denied',
    client: 'docker, podman, buildah, skopeo, kaniko, crane, oras and others',
    versions: 'all',
    example:
      'Error response from daemon: pull access denied for registry.example.com/tools/images/base, repository does not exist or may require docker login',
    source: 'runs of docker 28.2.2, skopeo 1.9.3, buildah 1.28.2, podman 4.3.1',
    words: ['esource is denied', 'pull access denied', 'authorization failed', 'uthentication required'],
    pattern:
      /requested access to the resource is denied|pull access denied|insufficient_scope: authorization failed|(?:unauthorized|UNAUTHORIZED): authentication required/,
    status: 403,
    access: 'container-registry',
  }),
  client({
    id: 'registry-status',
    client: 'containerd (helm and others)',
    versions: 'containerd 1.4 to 1.7, helm 3.0 to 3.13',
    example: 'Error: pulling from host registry.example.com failed with status code [manifests 1.2.3]: 403 Forbidden',
    source: 'remotes/docker/fetcher.go of containerd',
    words: ['failed with status code ['],
    pattern: /failed with status code \[[^\]]{1,300}\]: (?<status>\d{3})\b/,
    access: 'container-registry',
  }),
  client({
    id: 'image-pull-back-off',
    client: 'Kubernetes',
    versions: 'all',
    example: 'Back-off pulling image "registry.example.com/tools/images/base:1"',
    source: 'published logs of the Kubernetes executor',
    words: ['Back-off pulling', 'ErrImagePull', 'ImagePullBackOff'],
    pattern: /Back-off pulling image|ErrImagePull|ImagePullBackOff/,
    status: 404,
    access: 'container-registry',
    strength: 'silent',
  }),
];
