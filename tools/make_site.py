"""Makes the site: `python tools/make_site.py [--out build/site]`, with what `make venv EXTRAS=site` installs.

Every page in English, and in Vietnamese below vi/. Nothing is executed and nothing fetched. A warning of Sphinx makes it
fail, and so does a link within the site that leads nowhere, or a page that would load anything from elsewhere.
"""

import argparse
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "docs" / "site"
sys.path.insert(0, str(SITE))

import site_checks  # noqa: E402
import site_links  # noqa: E402
from site_pages import LANGUAGES  # noqa: E402
from site_sources import Sources  # noqa: E402


def build(language, work, out):
    """Starts Sphinx for one language."""
    sources = Sources(work / language, language)
    sources.write()
    shutil.copytree(SITE / "locale", work / language / "locale", dirs_exist_ok=True)
    order = [sys.executable, "-m", "sphinx", "-b", "html", "-W", "--keep-going", "-q", "-c", SITE, "-d", work / language / "read"]
    # They are found from several places, so in full.
    order += ["-D", f"html_extra_path={sources.extra}", "-D", f"locale_dirs={work / language / 'locale'}", "-t", language]
    order += [sources.folder, out / ("vi" if language == "vi" else "")]
    return subprocess.Popen([str(word) for word in order], cwd=ROOT)


def main(words=None):
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0] + ".")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "site", help="where to (default: build/site)")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "site-work", help="what Sphinx builds from and remembers")
    options = parser.parse_args(words)
    begun, out = time.monotonic(), options.out.resolve()
    found = site_links.problems()
    if found:
        print(*found, sep="\n", file=sys.stderr)
        return 1
    shutil.rmtree(out, ignore_errors=True)
    # Beside each other, since one takes a core.
    running = [build(language, options.work.resolve(), out) for language in LANGUAGES]
    codes = [process.wait() for process in running]
    if any(codes):
        print("Sphinx has warned, see above; the site is not whole.", file=sys.stderr)
        return 1
    found = site_checks.problems(out)
    if found:
        print(*found, sep="\n", file=sys.stderr)
        return 1
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    pages = len(list(out.rglob("*.html")))
    print(f"{pages} pages, {size / 1e6:.1f} MB, in {time.monotonic() - begun:.0f} s: {out / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
