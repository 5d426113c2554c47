#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/digest.h"
#include "base/fsx.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/strs.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *folder;

static int make_folder(void **state)
{
    char template[] = "/tmp/graphaudit-test-XXXXXX";

    (void)state;
    folder = xstrdup(mkdtemp(template));
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    assert_int_equal(rmdir(folder), 0); /* nothing may be left behind */
    free(folder);
    return 0;
}

static void written_whole_or_not_at_all(void **state)
{
    char *path = xasprintf("%s/report", folder);
    struct outfile o;
    struct err e = ERR_INIT;
    struct buf b;
    struct stat st;

    (void)state;
    assert_int_equal(outfile_open(&o, path, 0640, &e), ERR_OK);
    fputs("half", o.f);
    assert_int_not_equal(access(path, F_OK), 0); /* not there before the commit */
    outfile_abort(&o);
    assert_int_not_equal(access(path, F_OK), 0);

    assert_int_equal(outfile_open(&o, path, 0640, &e), ERR_OK);
    fputs("whole", o.f);
    assert_int_equal(outfile_commit(&o, &e), ERR_OK);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640);
    assert_int_equal(file_read(path, 100, &b, &e), ERR_OK);
    assert_string_equal(b.p, "whole");
    buf_release(&b);
    assert_int_equal(file_read(path, 3, &b, &e), ERR_LIMIT);
    buf_release(&b);
    (void)unlink(path);
    free(path);
}

static void a_full_disk_is_an_error(void **state)
{
    struct outfile o = {0};
    struct err e = ERR_INIT;

    (void)state;
    o.f = fopen("/dev/full", "we");
    o.path = xstrdup("/dev/full");
    o.temp = xasprintf("%s/none", folder);
    assert_non_null(o.f);
    fputs("x", o.f);
    assert_int_equal(outfile_commit(&o, &e), ERR_IO);
    assert_non_null(strstr(e.msg, "No space left"));
}

static void devices_are_written_to_not_replaced(void **state)
{
    struct outfile o;
    struct err e = ERR_INIT;
    struct stat st;
    char *path = xasprintf("%s/pipe", folder);
    char got[8] = "";
    int fd;

    (void)state;
    assert_int_equal(mkfifo(path, 0600), 0);
    fd = open(path, O_RDWR | O_CLOEXEC); /* both ends: nothing here can block */
    assert_true(fd >= 0);
    assert_int_equal(outfile_open(&o, path, 0600, &e), ERR_OK);
    fputs("whole", o.f);
    assert_int_equal(outfile_commit(&o, &e), ERR_OK);
    assert_int_equal(read(fd, got, 5), 5);
    assert_string_equal(got, "whole");
    assert_int_equal(stat(path, &st), 0);
    assert_true(S_ISFIFO(st.st_mode));
    (void)close(fd);
    (void)unlink(path);
    free(path);
    assert_int_equal(outfile_open(&o, folder, 0600, &e), ERR_IO);
}

static void unwritable_folder(void **state)
{
    struct outfile o;
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(outfile_open(&o, "/proc/none/report", 0600, &e), ERR_IO);
    assert_non_null(strstr(e.msg, "/proc/none/report"));
}

static void secrets_of_others_are_refused(void **state)
{
    char *path = xasprintf("%s/secret", folder);
    FILE *f = fopen(path, "we");
    struct err e = ERR_INIT;

    (void)state;
    assert_non_null(f);
    (void)fclose(f);
    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(file_check_private(path, &e), ERR_USAGE);
    assert_non_null(strstr(e.msg, "chmod 600"));
    err_clear(&e);
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(file_check_private(path, &e), ERR_OK);
    (void)unlink(path);
    free(path);
}

static void errors_keep_the_first_cause(void **state)
{
    struct err e = ERR_INIT;
    char longer[3000];

    (void)state;
    assert_int_equal(err_wrap(&e, "nothing"), ERR_OK);
    assert_int_equal(err_set(&e, ERR_NET, "cause %d", 1), ERR_NET);
    assert_int_equal(err_set(&e, ERR_IO, "cause 2"), ERR_NET);
    err_wrap(&e, "reading users");
    assert_string_equal(e.msg, "reading users: cause 1");
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    err_wrap(&e, "%s", longer);
    err_clear(&e);
    err_set(&e, ERR_IO, "%s", longer);
    assert_string_equal(e.msg + sizeof e.msg - 4, "...");
}

static void json_readers_have_no_defaults(void **state)
{
    struct err e = ERR_INIT;
    static const char text[] = "{\"a\":{\"t\":true,\"n\":null,\"s\":\"x\",\"i\":3},\"l\":[1]}";
    json_t *o = NULL;
    bool b = false;
    int64_t i = 0;
    const char *s = "untouched";
    const json_t *l;

    (void)state;
    assert_int_equal(jx_parse(text, strlen(text), "test", &o, &e), ERR_OK);
    assert_int_equal(jx_bool(o, "a.t", &b), JX_OK);
    assert_true(b);
    assert_int_equal(jx_bool(o, "a.n", &b), JX_NULL);
    assert_int_equal(jx_bool(o, "a.s", &b), JX_TYPE);
    assert_int_equal(jx_bool(o, "a.x", &b), JX_ABSENT);
    assert_int_equal(jx_bool(o, "a.n.x", &b), JX_NULL);
    assert_int_equal(jx_bool(o, "a.s.x", &b), JX_TYPE);
    assert_true(b);
    assert_int_equal(jx_str(o, "a.i", &s), JX_TYPE);
    assert_string_equal(s, "untouched");
    assert_int_equal(jx_int(o, "a.i", &i), JX_OK);
    assert_int_equal(i, 3);
    assert_int_equal(jx_array(o, "l", &l), JX_OK);
    assert_int_equal(jx_array(o, "a", &l), JX_TYPE);
    assert_null(l);
    json_decref(o);
    assert_int_equal(jx_parse("{\"a\":1,\"a\":2}", 13, "page", &o, &e), ERR_PARSE);
    assert_non_null(strstr(e.msg, "page: JSON error at line 1"));
}

static void digests(void **state)
{
    char hex[SHA256_HEX_BYTES];
    char guid[GUID_TEXT_BYTES];
    struct secret s = {NULL, 0};

    (void)state;
    sha256_hex("abc", 3, hex); /* FIPS 180-4 example */
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    guid_random(guid);
    assert_true(str_is_guid(guid));
    assert_int_equal(guid[14], '4');
    secret_set(&s, "hunter2", 7);
    assert_string_equal(s.p, "hunter2");
    secret_release(&s);
    assert_null(s.p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_whole_or_not_at_all),
        cmocka_unit_test(a_full_disk_is_an_error),
        cmocka_unit_test(devices_are_written_to_not_replaced),
        cmocka_unit_test(unwritable_folder),
        cmocka_unit_test(secrets_of_others_are_refused),
        cmocka_unit_test(errors_keep_the_first_cause),
        cmocka_unit_test(json_readers_have_no_defaults),
        cmocka_unit_test(digests),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
