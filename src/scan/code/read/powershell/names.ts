/** Names are written in any case: these are the ones that the rest of the evaluator knows. */
const table = (words: string): ReadonlyMap<string, string> =>
  new Map(
    words
      .trim()
      .split(/\s+/u)
      .map((word) => [word.toLowerCase(), word] as const),
  );

const TYPES = table(`Uri HttpUtility WebUtility Path File Directory String Convert Environment WebClient HttpClient
  HttpRequestMessage HttpMethod StringContent Encoding Regex Math DateTime Guid Console Process ProcessStartInfo
  AuthenticationHeaderValue PSCredential NetworkCredential ScriptBlock`);

const METHODS = table(`EscapeDataString EscapeUriString UrlEncode UrlPathEncode Combine GetFileName GetDirectoryName
  GetFullPath ReadAllText ReadAllLines WriteAllText WriteAllLines AppendAllText Join Format IsNullOrEmpty
  IsNullOrWhiteSpace Concat ToBase64String FromBase64String GetBytes GetString GetEnvironmentVariable
  SetEnvironmentVariable Replace Trim TrimStart TrimEnd Split ToLower ToLowerInvariant ToUpper ToUpperInvariant
  StartsWith EndsWith Contains ContainsKey Add AddRange Remove RemoveAt Insert Substring IndexOf LastIndexOf ToString
  GetEnumerator DownloadFile DownloadString DownloadData DownloadFileTaskAsync UploadFile UploadString GetStringAsync
  GetAsync PostAsync PutAsync DeleteAsync SendAsync GetByteArrayAsync GetStreamAsync Start WaitForExit GetResult
  GetAwaiter Invoke ForEach Where TryAddWithoutValidation Escape Unescape Clone Append AppendLine PadLeft PadRight
  Create Parse Match Matches SelectNodes SelectSingleNode GetAttribute GetElementsByTagName GetResponse GetResponseStream GetRequestStream Contains Set Get`);

/** A type by the last part of its name. */
export const canonicalType = (written: string): string => {
  const last = written.split('.').at(-1) ?? written;
  if (/^(?:ArrayList|List|Queue|Stack|HashSet|SortedSet|StringCollection|ConcurrentBag)$/iu.test(last)) return '#list';
  if (/^(?:Dictionary|Hashtable|OrderedDictionary|SortedDictionary|SortedList)$/iu.test(last)) return '#table';
  return TYPES.get(last.toLowerCase()) ?? last;
};

/** A method of .NET in the case in which it is known here. */
export const canonicalMethod = (written: string): string => METHODS.get(written.toLowerCase()) ?? written;
