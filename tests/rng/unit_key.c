/* unit_key.c - keys: known answers, derivation, wiping, and no key at all where the system gives no randomness. */
#include "cmocka_all.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dpdm/rng.h"

/* First bytes of BLAKE2b-256("dpdm seed key v1" + seed), by Python's hashlib. */
static void seeds_give_known_keys(void **state)
{
    (void)state;
    static const struct {
        uint64_t seed;
        uint8_t start[8];
    } cases[] = {{0, {0x50, 0x44, 0x71, 0xdb, 0x7f, 0x6c, 0x45, 0xd4}},
                 {1, {0x9b, 0x57, 0xf2, 0xb8, 0xe1, 0x19, 0xbf, 0xef}},
                 {UINT64_MAX, {0xc4, 0x11, 0xc6, 0x60, 0x5e, 0x75, 0xec, 0x57}}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        dpdm_key key;
        dpdm_key_from_seed(&key, cases[i].seed);
        assert_memory_equal(key.bytes, cases[i].start, 8);
    }
}

/* BLAKE2b-256("noise", key = the key of seed 1), by Python's hashlib; and the parent may be overwritten. */
static void derived_keys_are_keyed_blake2b(void **state)
{
    (void)state;
    static const uint8_t start[8] = {0x93, 0x4b, 0x68, 0xab, 0x5e, 0x9f, 0x8e, 0x69};
    dpdm_key parent, child, other;
    dpdm_key_from_seed(&parent, 1);
    dpdm_key_derive(&child, &parent, "noise");
    assert_memory_equal(child.bytes, start, 8);
    dpdm_key_derive(&other, &parent, "noises");
    assert_memory_not_equal(child.bytes, other.bytes, 32);
    dpdm_key_derive(&parent, &parent, "noise");
    assert_memory_equal(child.bytes, parent.bytes, 32);
}

static void generated_keys_differ_and_wipe(void **state)
{
    (void)state;
    static const uint8_t zero[32];
    dpdm_key a, b;
    assert_int_equal(dpdm_key_generate(&a, NULL), DPDM_OK);
    assert_int_equal(dpdm_key_generate(&b, NULL), DPDM_OK);
    assert_memory_not_equal(a.bytes, b.bytes, 32);
    assert_memory_not_equal(a.bytes, zero, 32);
    dpdm_key_wipe(&a);
    assert_memory_equal(a.bytes, zero, 32);
}

/* Forbids the getrandom system call to this process. */
static int forbid_getrandom(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0), /* the number of the call is the first field */
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getrandom, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof code / sizeof *code, code};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

/* In a child: a failure is reported, the key is zero, and the process goes on living. */
static void no_randomness_is_an_error(void **state)
{
    (void)state;
    enum { GOOD = 0, BAD = 1, UNABLE = 2 };
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        static const uint8_t zero[32];
        dpdm_key key;
        dpdm_error err = {0};
        memset(&key, 1, sizeof key);
        if (forbid_getrandom())
            _exit(UNABLE);
        int good = dpdm_key_generate(&key, &err) == DPDM_EIO && err.status == DPDM_EIO && err.message[0] &&
                   memcmp(key.bytes, zero, 32) == 0;
        _exit(good ? GOOD : BAD);
    }
    int result;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_true(WIFEXITED(result));
    if (WEXITSTATUS(result) == UNABLE)
        skip();
    assert_int_equal(WEXITSTATUS(result), GOOD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seeds_give_known_keys),
        cmocka_unit_test(derived_keys_are_keyed_blake2b),
        cmocka_unit_test(generated_keys_differ_and_wipe),
        cmocka_unit_test(no_randomness_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
