/* event_xml - what Windows renders is read; anything else is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/utf.h"
#include "evtlog/event_xml.h"

#define UNITS_MAX 4096
#define NS " xmlns='http://schemas.microsoft.com/win/2004/08/events/event'"

struct leaves {
    struct buf text;
    enum err answer;
};

/* "sys=value;" or "name=value;" */
static enum err
on_leaf(void *ctx, const struct event_xml_leaf *leaf)
{
    static const char *const sys[] = {
        [SYS_PROVIDER] = "provider", [SYS_EVENT_ID] = "id",       [SYS_VERSION] = "version",
        [SYS_TIME] = "time",         [SYS_RECORD_ID] = "record",  [SYS_PROCESS_ID] = "pid",
        [SYS_CHANNEL] = "channel",   [SYS_COMPUTER] = "computer", [SYS_LEVEL] = "level",
        [SYS_USER_ID] = "user"};
    struct leaves *l = ctx;
    char text[UNITS_MAX];
    bool cut;

    assert_int_equal(leaf->value.type, EVTX_STRING);
    if (leaf->sys == SYS_NONE) {
        buf_put_sv(&l->text, leaf->name);
    } else {
        assert_int_equal(leaf->name.len, 0);
        buf_puts(&l->text, sys[leaf->sys]);
    }
    buf_putc(&l->text, '=');
    buf_put(&l->text, text, evtx_value_text(&leaf->value, text, sizeof(text), &cut));
    buf_putc(&l->text, ';');
    return l->answer;
}

/* The units are an allocation of their own, so that a read beyond them is seen. */
static enum err
read_xml(const char *xml, struct leaves *l)
{
    uint16_t *units = mem_array(UNITS_MAX, sizeof(*units));
    uint16_t *exact;
    size_t len;
    bool cut;
    enum err err;

    assert_non_null(units);
    len = utf8_to_utf16(sv_from(xml), units, UNITS_MAX, &cut);
    assert_false(cut);
    exact = mem_array(len, sizeof(*exact));
    assert_non_null(exact);
    memcpy(exact, units, len * sizeof(*exact));
    mem_free(units);
    buf_init(&l->text, 65536);
    err = event_xml_read(exact, len, on_leaf, l);
    mem_free(exact);
    return err;
}

static void
check(const char *xml, const char *leaves)
{
    struct leaves l = {.answer = ERR_OK};

    assert_int_equal(read_xml(xml, &l), ERR_OK);
    assert_string_equal(buf_str(&l.text), leaves);
    buf_fini(&l.text);
}

static void
check_refused(const char *xml)
{
    struct leaves l = {.answer = ERR_OK};
    enum err err = read_xml(xml, &l);

    if (err != ERR_FORMAT) {
        print_message("%s\n", xml);
    }
    assert_int_equal(err, ERR_FORMAT);
    buf_fini(&l.text);
}

static void
test_a_record_as_windows_writes_it(void **state)
{
    (void)state;
    check("<Event" NS "><System><Provider Name='Microsoft-Windows-Security-Auditing' "
          "Guid='{54849625-5478-4994-a5ba-3e3b0328c30d}'/><EventID>4625</EventID><Version>0"
          "</Version><Level>0</Level><Task>12544</Task><Opcode>0</Opcode><Keywords>"
          "0x8010000000000000</Keywords><TimeCreated SystemTime='2018-08-30T16:49:31.123456700Z'/>"
          "<EventRecordID>7</EventRecordID><Correlation/><Execution ProcessID='568' "
          "ThreadID='1200'/><Channel>Security</Channel><Computer>PC-A</Computer><Security/>"
          "</System><EventData><Data Name='TargetUserName'>kumi</Data><Data Name='Status'>"
          "0xc000006d</Data><Data Name='IpPort'/><Data Name='Empty'></Data></EventData></Event>",
          "provider=Microsoft-Windows-Security-Auditing;id=4625;version=0;level=0;"
          "time=2018-08-30T16:49:31.123456700Z;record=7;pid=568;channel=Security;computer=PC-A;"
          "TargetUserName=kumi;Status=0xc000006d;");
}

static void
test_user_data_is_named_by_its_elements(void **state)
{
    (void)state;
    check("<Event" NS "><System><EventID Qualifiers='0'>1149</EventID></System><UserData><EventXML "
          "xmlns=\"Event_NS\"><Param1>kumi</Param1><Param2/><Param3>192.0.2.7</Param3></EventXML>"
          "</UserData></Event>",
          "id=1149;Param1=kumi;Param3=192.0.2.7;");
    check("<Event><UserData><a><b>1<c>2</c>3</b></a></UserData></Event>", "b=1;c=2;b=3;");
    check("<Event><UserData><a><Data Name='n'>1</Data></a></UserData></Event>", "Data=1;");
}

static void
test_data_without_a_name_and_strangers(void **state)
{
    (void)state;
    check("<Event><EventData><Data>1</Data><Other>2</Other><Data Name='x'>3<y>4</y></Data>"
          "</EventData><RenderingInfo Culture='en-US'><Message>text</Message></RenderingInfo>"
          "</Event>",
          "Other=2;x=3;");
    check("<Event/>", "");
    check(" <Event></Event >\r\n", "");
}

static void
test_references_are_decoded(void **state)
{
    (void)state;
    check("<Event><EventData><Data "
          "Name='a&amp;b'>&lt;&gt;&amp;&quot;&apos;&#65;&#x3042;&#x1F600;&#x10000;"
          "tail</Data></EventData></Event>",
          "a&b=<>&\"'A\xe3\x81\x82\xf0\x9f\x98\x80\xf0\x90\x80\x80tail;");
    check("<Event><EventData><Data Name='a'>x\r\n\t\ty > z</Data></EventData></Event>",
          "a=x\r\n\t\ty > z;");
}

static void
test_anything_else_is_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "Event",
        "<Events/>",
        "<Event>",
        "<Event></Even>",
        "<Event/><Event/>",
        "<Event/>x",
        "<?xml version='1.0'?><Event/>",
        "<Event><!-- --></Event>",
        "<Event><![CDATA[x]]></Event>",
        "<!DOCTYPE Event><Event/>",
        "<Event a></Event>",
        "<Event a=b></Event>",
        "<Event a='b></Event>",
        "<Event a='b'c='d'/>",
        "<Event a='<'/>",
        "<Event / >",
        "<Event><></></Event>",
        "<Event>&nbsp;</Event>",
        "<Event>&amp</Event>",
        "<Event>&#0;</Event>",
        "<Event>&#x;</Event>",
        "<Event>&#12a;</Event>",
        "<Event>&#x110000;</Event>",
        "<Event>&#99999999999999999999;</Event>",
        "<Event><a></b></Event>",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        check_refused(bad[i]);
    }
}

static void
test_depth_is_bounded(void **state)
{
    struct buf b;
    struct leaves l = {.answer = ERR_OK};

    (void)state;
    buf_init(&b, 65536);
    for (unsigned extra = 0; extra < 2; extra++) {
        buf_clear(&b);
        buf_puts(&b, "<Event><UserData>");
        for (unsigned i = 2; i < SHAPE_DEPTH_MAX + extra; i++) {
            buf_puts(&b, "<a>");
        }
        buf_puts(&b, "x");
        for (unsigned i = 2; i < SHAPE_DEPTH_MAX + extra; i++) {
            buf_puts(&b, "</a>");
        }
        buf_puts(&b, "</UserData></Event>");
        assert_int_equal(read_xml(buf_str(&b), &l), extra == 0 ? ERR_OK : ERR_FORMAT);
        buf_fini(&l.text);
    }
    buf_fini(&b);
}

static void
test_every_cut_is_refused(void **state)
{
    const char *xml = "<Event a='1'><EventData><Data Name='n'>&#65;</Data></EventData></Event>";
    char cut[128];

    (void)state;
    for (size_t len = 0; len < strlen(xml); len++) {
        memcpy(cut, xml, len);
        cut[len] = 0;
        check_refused(cut);
    }
}

static void
test_the_callback_ends_it_and_a_nul_too(void **state)
{
    struct leaves l = {.answer = ERR_FULL};
    uint16_t text[] = {'<', 'E', 'v', 'e', 'n', 't', '/', '>', 0, 'x'};

    (void)state;
    assert_int_equal(read_xml("<Event><System><EventID>1</EventID><Channel>c</Channel></System>"
                              "</Event>",
                              &l),
                     ERR_FULL);
    assert_string_equal(buf_str(&l.text), "id=1;");
    buf_fini(&l.text);
    assert_int_equal(event_xml_read(text, COUNT(text), on_leaf, &l), ERR_OK);
}

static void
test_length_is_bounded(void **state)
{
    uint16_t *text = mem_array(EVENT_XML_MAX + 1, sizeof(*text));
    struct leaves l = {.answer = ERR_OK};

    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i <= EVENT_XML_MAX; i++) {
        text[i] = ' ';
    }
    assert_int_equal(event_xml_read(text, EVENT_XML_MAX, on_leaf, &l), ERR_FORMAT);
    assert_int_equal(event_xml_read(text, EVENT_XML_MAX + 1, on_leaf, &l), ERR_RANGE);
    mem_free(text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_record_as_windows_writes_it),
        cmocka_unit_test(test_user_data_is_named_by_its_elements),
        cmocka_unit_test(test_data_without_a_name_and_strangers),
        cmocka_unit_test(test_references_are_decoded),
        cmocka_unit_test(test_anything_else_is_refused),
        cmocka_unit_test(test_depth_is_bounded),
        cmocka_unit_test(test_every_cut_is_refused),
        cmocka_unit_test(test_the_callback_ends_it_and_a_nul_too),
        cmocka_unit_test(test_length_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
