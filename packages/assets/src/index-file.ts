/**
 * Brings one file of a Python index without pip: `pip download` runs a source package's setup.py to learn its metadata.
 * Python's standard library does it, so that proxies and certificates work as they do for pip.
 *
 * Arguments: project, file name, bytes, sha256, where to write. Asks the indexes that pip is set to, in their order.
 */
export const indexFileScript = `
import ast, base64, hashlib, html, json, netrc, re, ssl, subprocess, sys
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit
from urllib.request import HTTPSHandler, ProxyHandler, Request, build_opener

project, wanted, size, sha256, target = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4], sys.argv[5]
most_of_page, idle_seconds = 64 * 2**20, 60

def pip_settings():
    said = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True)
    if said.returncode != 0: sys.exit("ERROR: pip can't be run: " + said.stderr.strip()[-500:])
    found = {}
    for section in ("global", "download", ":env:"):
        for line in said.stdout.splitlines():
            match = re.match(re.escape(section) + r"\\.([a-z-]+)=(.*)$", line)
            if match:
                try: found[match[1]] = ast.literal_eval(match[2])
                except (SyntaxError, ValueError): pass
    return found

settings = pip_settings()
tls = ssl.create_default_context(cafile=settings.get("cert"))
if "cert" not in settings:
    try:
        from pip._vendor import certifi
        tls.load_verify_locations(certifi.where())
    except (ImportError, OSError): pass
if "client-cert" in settings: tls.load_cert_chain(settings["client-cert"])
unchecked = ssl._create_unverified_context()
trusted = settings.get("trusted-host", "").split()
proxies = {"http": settings["proxy"], "https": settings["proxy"]} if "proxy" in settings else None

def get(url, accept):
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https"): sys.exit("ERROR: %s is no http address" % parts.scheme)
    place = parts.netloc.rpartition("@")[2]
    request = Request(urlunsplit(parts._replace(netloc=place)), headers={"Accept": accept, "Accept-Encoding": "identity"})
    user, password = parts.username, parts.password
    if user is None:
        try: user, _, password = netrc.netrc().authenticators(parts.hostname) or (None, None, None)
        except (OSError, netrc.NetrcParseError): pass
    if user is not None:
        pair = "%s:%s" % (unquote(user), unquote(password or ""))
        # Not sent on to where a redirect leads.
        request.add_unredirected_header("Authorization", "Basic " + base64.b64encode(pair.encode()).decode())
    context = unchecked if place in trusted or parts.hostname in trusted else tls
    return build_opener(HTTPSHandler(context=context), ProxyHandler(proxies)).open(request, timeout=idle_seconds)

def address_in(index):
    page = index.rstrip("/") + "/" + re.sub(r"[-_.]+", "-", project).lower() + "/"
    types = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
    with get(page, types) as answer:
        data = answer.read(most_of_page + 1)
        if len(data) > most_of_page: sys.exit("ERROR: the index's page of %s is over 64 MiB" % project)
        text = data.decode("utf-8", "replace")
        if "json" in answer.headers.get("Content-Type", ""):
            found = [(file["filename"], file["url"]) for file in json.loads(text)["files"]]
        else:
            found = [(name, html.unescape(url)) for url, name in re.findall(r'<a[^<>]*?href="([^"<>]*)"[^<>]*>\\s*([^<>]*?)\\s*</a', text)]
        base = urlsplit(answer.geturl())
        account = urlsplit(page).netloc.rpartition("@")[0]
        for name, url in found:
            if name != wanted: continue
            parts = urlsplit(urljoin(answer.geturl(), url))
            if account and parts.netloc == base.netloc: parts = parts._replace(netloc=account + "@" + parts.netloc)
            return urlunsplit(parts._replace(fragment=""))
    return None

def fetch(url):
    total, digest = 0, hashlib.sha256()
    with get(url, "*/*") as answer, open(target, "wb") as file:
        while True:
            piece = answer.read(2**20)
            if not piece: break
            total += len(piece)
            if total > size: sys.exit("ERROR: %s has more than %d bytes" % (wanted, size))
            digest.update(piece)
            file.write(piece)
    if digest.hexdigest() != sha256: sys.exit("ERROR: %s has sha256 %s, expected %s" % (wanted, digest.hexdigest(), sha256))

reasons = []
for index in [settings.get("index-url", "https://pypi.org/simple"), *settings.get("extra-index-url", "").split()]:
    try:
        url = address_in(index)
        if url is None: reasons.append("no index that pip is set to has " + wanted)
        else:
            fetch(url)
            sys.exit(0)
    except (OSError, ValueError, KeyError, TypeError) as error:
        if getattr(error, "errno", None) in (28, 122): raise
        reasons.append("%s: %s" % (type(error).__name__, str(error)[:300]))
sys.exit("ERROR: " + "; ".join(reasons))
`;
