import { gradle } from './build/gradle.ts';
import { sbt } from './build/sbt.ts';
import type { Tool } from '../shell/call.ts';
import { ansible, ansiblePlaybook } from './ansible/index.ts';
import { apt } from './packages/apt.ts';
import { composer } from './packages/composer.ts';
import { conan } from './packages/conan.ts';
import { compose } from './containers/compose.ts';
import { buildctl, docker, kaniko } from './containers/container.ts';
import { apptainer, builder, crane, imageScanner, skopeo } from './containers/images.ts';
import { earthly } from './containers/earthly.ts';
import { choco, dotnet, msbuild } from './packages/dotnet.ts';
import { git } from './git/index.ts';
import { glab, releaseCli } from './gitlab-cli.ts';
import { go, hugo } from './packages/go.ts';
import { helm } from './containers/helm.ts';
import { helmfile } from './containers/helmfile.ts';
import { devcontainer, skaffold } from './containers/builders.ts';
import { clojure, coursier, lein } from './packages/clojure.ts';
import { denoModules } from './packages/javascript/deno.ts';
import { paket } from './packages/paket.ts';
import { nx } from './packages/javascript/nx.ts';
import { r } from './packages/r.ts';
import { packer } from './tasks/packer.ts';
import { curl } from './http/curl.ts';
import { downloader, httpie, wget } from './http/downloads.ts';
import { maven } from './packages/jvm.ts';
import { make } from './tasks/make.ts';
import { antora } from './manifests/antora.ts';
import { GIT_MANIFESTS } from './manifests/index.ts';
import { kustomize } from './manifests/kustomize.ts';
import { kubectlExec, ssh } from './tasks/ssh.ts';
import { npm, workspacePublish } from './packages/javascript/npm.ts';
import { everyPackage, npx } from './packages/javascript/npm-run.ts';
import { cmake } from './cmake/index.ts';
import { vcpkg } from './cmake/vcpkg.ts';
import { commandPrompt } from './program/command-prompt.ts';
import { powershellTool } from './program/powershell.ts';
import { interpreterOf } from './program/program.ts';
import { both, cargoRun, dotnetRun, scriptRuntime } from './program/runners.ts';
import { pip } from './packages/python/pip.ts';
import { conda, hatch, pants, pdm, pipRun, pipTools, tox } from './packages/python/environments.ts';
import { pythonTests } from './packages/python/tests.ts';
import { bundle, gem } from './packages/ruby.ts';
import { just } from './tasks/just.ts';
import { doit, mage, scons, taskProgram, thor } from './tasks/programs.ts';
import { task } from './tasks/taskfile.ts';
import { stranger } from './stranger.ts';
import { WRAPPERS } from './tasks/wrappers.ts';
import { gitlabTerraform, terraform } from './terraform/index.ts';
import { twine, poetry, uv, pipenv } from './packages/python/managers.ts';
import { python } from './program/python.ts';

const kubectl: Tool = (call) => {
  kustomize(call);
  kubectlExec(call);
};

/** Every program the scan understands, by name. */
export const TOOLS: ReadonlyMap<string, Tool> = new Map<string, Tool>([
  ...WRAPPERS,
  ['git', git],
  ['curl', curl],
  ['wget', wget],
  ['http', httpie],
  ['https', httpie],
  ['xh', httpie],
  ['xhs', httpie],
  ['curlie', curl],
  ['aria2c', downloader],
  ['axel', downloader],
  ['docker', docker],
  ['podman', docker],
  ['nerdctl', docker],
  ['buildah', docker],
  ['docker-compose', compose],
  ['pack', builder],
  ['ko', builder],
  ['earthly', earthly],
  ['skaffold', skaffold],
  ['devcontainer', devcontainer],
  ['buildctl', buildctl],
  ['buildctl-daemonless.sh', buildctl],
  ['executor', kaniko],
  ['kaniko', kaniko],
  ['skopeo', skopeo],
  ['apptainer', apptainer],
  ['singularity', apptainer],
  ['crane', crane],
  ['gcrane', crane],
  ['regctl', crane],
  ['oras', crane],
  ['trivy', imageScanner],
  ['grype', imageScanner],
  ['syft', imageScanner],
  ['cosign', imageScanner],
  ['python', python],
  ['python3', python],
  ['pytest', pythonTests],
  ['py.test', pythonTests],
  ['unittest', pythonTests],
  ['nose2', pythonTests],
  ['pip', pip],
  ['pip3', pip],
  ['pip-sync', pipTools],
  ['pip-compile', pipTools],
  ['pdm', pdm],
  ['uvx', pipRun],
  ['pipx', pipRun],
  ['pants', pants],
  ['hatch', hatch],
  ['conda', conda],
  ['mamba', conda],
  ['micromamba', conda],
  ['tox', tox],
  ['nox', tox],
  ['twine', twine],
  ['poetry', poetry],
  ['uv', uv],
  ['pipenv', pipenv],
  ['npm', npm],
  ['pnpm', npm],
  ['yarn', npm],
  ['npx', npx],
  ['bunx', npx],
  ['pnpx', npx],
  ['bun', scriptRuntime(npm)],
  ['deno', both(scriptRuntime(npm), denoModules)],
  ['lerna', both(workspacePublish, everyPackage)],
  ['turbo', everyPackage],
  ['nx', both(workspacePublish, everyPackage, nx)],
  ['changeset', workspacePublish],
  ['rush', workspacePublish],
  ['mvn', maven],
  ['mvnw', maven],
  ['gradle', gradle],
  ['gradlew', gradle],
  ['sbt', sbt],
  ['mill', sbt],
  ['hugo', hugo],
  ['lein', lein],
  ['cs', coursier],
  ['coursier', coursier],
  ['go', go],
  ['composer', composer],
  ['dotnet', both(dotnet, dotnetRun)],
  ['nuget', dotnet],
  ['msbuild', msbuild],
  ['choco', choco],
  ['paket', paket],
  ['conan', conan],
  ['helm', helm],
  ['helmfile', helmfile],
  ['bundle', bundle],
  ['gem', gem],
  ['terraform', terraform],
  ['tofu', terraform],
  ['terragrunt', terraform],
  ['gitlab-terraform', gitlabTerraform],
  ['gitlab-tofu', gitlabTerraform],
  ['glab', glab],
  ['release-cli', releaseCli],
  ['ansible', ansible],
  ['ansible-playbook', ansiblePlaybook],
  ['apt', apt],
  ['apt-get', apt],
  ...GIT_MANIFESTS,
  ['clojure', both(clojure, GIT_MANIFESTS.get('clojure'))],
  ['clj', both(clojure, GIT_MANIFESTS.get('clj'))],
  ['antora', antora],
  ['kubectl', kubectl],
  ['oc', kubectl],
  ['ssh', ssh],
  ['cargo', both(GIT_MANIFESTS.get('cargo'), cargoRun)],
  ['make', make],
  ['packer', packer],
  ['cmake', cmake],
  ['vcpkg', vcpkg],
  ['just', just],
  ['task', task],
  ['go-task', task],
  ['thor', thor],
  ['mage', mage],
  ['gulp', taskProgram('gulpfile.js', 'gulpfile.mjs', 'gulpfile.cjs', 'gulpfile.ts', 'gulpfile.js/index.js')],
  ['doit', doit],
  ['scons', scons],
  ['fab', taskProgram('fabfile.py')],
  ['rake', both(taskProgram('Rakefile', 'rakefile'), GIT_MANIFESTS.get('rake'))],
  ['invoke', taskProgram('tasks.py')],
  ['inv', taskProgram('tasks.py')],
  ['fastlane', both(taskProgram('fastlane/Fastfile', 'Fastfile'), GIT_MANIFESTS.get('fastlane'))],
  ['ruby', interpreterOf('ruby')],
  ['node', interpreterOf('javascript')],
  ['tsx', interpreterOf('javascript')],
  ['ts-node', interpreterOf('javascript')],
  ['ts-node-esm', interpreterOf('javascript')],
  ['nodejs', interpreterOf('javascript')],
  ['vite-node', interpreterOf('javascript')],
  ['jiti', interpreterOf('javascript')],
  ['zx', interpreterOf('javascript')],
  ['perl', interpreterOf('perl')],
  ['lua', interpreterOf('lua')],
  ['luajit', interpreterOf('lua')],
  ['julia', both(interpreterOf('julia'), GIT_MANIFESTS.get('julia'))],
  ['R', r],
  ['Rscript', r],
  ['groovy', interpreterOf('groovy')],
  ['kotlin', interpreterOf('kotlin')],
  ['kotlinc', interpreterOf('kotlin')],
  ['java', interpreterOf('jvm')],
  ['scala', interpreterOf('scala')],
  ['scala-cli', interpreterOf('scala')],
  ['amm', interpreterOf('scala')],
  ['rust-script', interpreterOf('rust')],
  ['dotnet-script', interpreterOf('csharp')],
  ['csi', interpreterOf('csharp')],
  ['*', stranger],
  ['php', interpreterOf('php')],
  ['cmd', commandPrompt],
  ['pwsh', powershellTool],
  ['powershell', powershellTool],
]);
