import type { NativeTable } from './function.ts';
import { first, under } from './function.ts';

/** Functions that give what they are given, as far as texts go. */
export const IDENTITIES: NativeTable = [
  // Python and JavaScript.
  ...under(
    `str String Path PurePath PurePosixPath pathlib.Path URL urlparse urlsplit unquote decodeURIComponent expanduser
     expandvars abspath realpath normpath fspath pathToFileURL shlex.quote cast deepcopy Promise.all
     Promise.allSettled Promise.resolve asyncio.run gather asyncio.gather Object.freeze Object.seal normalize int float
     Number parseInt bool Boolean tuple frozenset iter next Buffer.from bytes min max tqdm SecretStr Promise.race wait_for
     ensure_future create_task promisify trim unref`,
    first,
  ),
  // Go.
  ...under(
    'url.Parse url.ParseRequestURI url.QueryUnescape strconv.Itoa strconv.Quote string byte int64 errors.Is strings.NewReader bytes.NewBufferString bytes.NewReader filepath.Clean filepath.Abs io.NopCloser template.URL template.Must template.HTML lo.Must',
    first,
  ),
  // Ruby.
  ...under(
    'URI URI.parse Addressable.URI.parse Pathname Pathname.new Array Integer Float Shellwords.escape URI.create JSON.generate strip_tags File.expand_path File.realpath',
    first,
  ),
  // PHP and Perl.
  ...under(
    'parse_url realpath escapeshellarg escapeshellcmd strval intval rtrim ltrim chomp lc uc bless shift scalar ref array_values array_filter array_unique iterator_to_array chop defined_or utf8_encode uri_unescape file_uri',
    first,
  ),
  // The JVM and .NET.
  ...under(
    'GetBytes GetString URI.create Uri java.net.URI Paths.get Path.of java.io.File File FileReader FileInputStream Objects.requireNonNull requireNotNull checkNotNull Optional.of Optional.ofNullable Path.GetFullPath Convert.ToString toUri StringBuilder Some Ok Url Url.parse reqwest.Url.parse Uri.parse Option',
    first,
  ),
  // Rust, R and Julia.
  ...under(
    'String.from PathBuf.from Path.new Arc.new Rc.new Box.new as.character as.numeric unlist suppressWarnings invisible string Symbol Regex shQuote normalizePath url tostring tonumber',
    first,
  ),
];
