/* fuzz_scan - any bytes as a file: libyara's module pe parses them, and strings, regular
 * expressions and loops of a rule go over them. The same bytes always say the same. */
#include <stdlib.h>
#include <string.h>

#include "scan/scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const char rules[] =
    "import \"pe\" import \"math\" import \"string\"\n"
    "rule Image { condition: pe.is_pe and (pe.number_of_sections > 0 or pe.exports(\"a\") or\n"
    "  pe.imports(\"kernel32.dll\") > 0 or for any r in pe.resources : (r.length > 1) or\n"
    "  for any s in pe.sections : (math.entropy(s.raw_data_offset, s.raw_data_size) > 7) or\n"
    "  pe.version_info[\"CompanyName\"] contains \"x\" or pe.rich_signature.length > 1 or\n"
    "  pe.entry_point > 0 or pe.pdb_path contains \"a\" or pe.overlay.size > 0) }\n"
    "rule Texts { strings: $a = \"abc\" ascii wide nocase $b = /x[0-9]{1,40}y.{0,60}z/\n"
    "  $c = { 4d 5a [4-200] 50 45 } $d = \"base\" base64 base64wide $e = \"key\" xor\n"
    "  condition: any of them and for any i in (1..#a) : (@a[i] >= 0) }\n";

static struct scan_engine *engine;
static struct scanner *scanner;

static void
check(bool ok)
{
    if (!ok) {
        abort();
    }
}

static void
start(void)
{
    static struct scan_report report;
    struct scan_source file = {"fuzz.yar", {rules, sizeof(rules) - 1}};
    struct scan_limits limits = {(size_t)1 << 20, 5000, (size_t)32 << 20, SCAN_HITS_MAX};

    check(scan_engine_create(&engine) == ERR_OK);
    check(scan_engine_load(engine, &file, 1, &report) == ERR_OK && report.files_broken == 0);
    check(scanner_create(engine, &limits, &scanner) == ERR_OK);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct scan_result first, second;
    struct sv bytes = {(const char *)data, len};
    enum err err;

    if (scanner == NULL) {
        start();
    }
    err = scanner_run(scanner, bytes, NULL, &first);
    check(err == ERR_OK || err == ERR_FULL || err == ERR_CANCELLED);
    check(scanner_run(scanner, bytes, NULL, &second) == err);
    check(first.hit_count == second.hit_count && first.hit_count <= 2);
    return 0;
}
