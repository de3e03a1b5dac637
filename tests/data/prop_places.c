/* prop_places.c - in every folder that people have, the images that are read are those that are meant: litter is no data, two
 * kinds of data in one place are refused with both names, and nothing that holds images is left out in silence. */
#include "data/alike.h"
#include "data/folder.h"
#include "support.h"
#include "train/owner.h"

#include <sys/stat.h>

static void expect_words(const char *folder, const char *below, const char *word, const char *other)
{
    dpdm_error err;
    const char *words = support_refusal(folder, below, DPDM_SPLIT_TRAIN, &err);
    if (!strstr(words, word) || !strstr(words, other))
        fail_msg("'%s' is answered with '%s', which lacks '%s' or '%s'", below, words, word, other);
}

static uint64_t count_of(const char *folder, const char *below, dpdm_split split)
{
    char path[1024];
    dpdm_dataset data;
    dpdm_error err = {0};
    snprintf(path, sizeof path, "%s/%s", folder, below);
    if (dpdm_dataset_open(path, NULL, split, NULL, &data, &err))
        fail_msg("%s", err.message);
    uint64_t count = data.count;
    dpdm_dataset_destroy(&data);
    return count;
}

static void class_folders(const char *folder, const char *below, int images)
{
    static const char *const classes[] = {"cats", "dogs"};
    for (int c = 0; c < 2; c++)
        for (int i = 0; i < images; i++) {
            char name[600];
            snprintf(name, sizeof name, "%s/%s/%02d.png", below, classes[c], i);
            support_image(folder, name, 4, 5, 1, (unsigned)(10 * c + i));
        }
}

/* A data file of each other kind, dropped into class folders. */
static void drop(const char *folder, const char *below, const char *kind)
{
    char path[600];
    dpdm_dataset data;
    support_dataset(&data, 3, 4, 5, 1, 2);
    snprintf(path, sizeof path, "%s/%s/made.npz", folder, below);
    if (!strcmp(kind, "npz"))
        assert_int_equal(dpdm_dataset_write(&data, DPDM_FORMAT_NPZ, path, 0, NULL), DPDM_OK);
    snprintf(path, sizeof path, "%s/%s/made", folder, below);
    if (!strcmp(kind, "idx")) {
        uint8_t *bytes;
        size_t size;
        assert_int_equal(dpdm_dataset_write(&data, DPDM_FORMAT_IDX, path, 0, NULL), DPDM_OK);
        static const char *const names[] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte"};
        for (int i = 0; i < 2; i++) {
            char from[700];
            snprintf(from, sizeof from, "%s/%s", path, names[i]);
            bytes = support_read(from, &size);
            snprintf(from, sizeof from, "%s/%s", below, names[i]);
            support_write(folder, from, bytes, size);
            free(bytes);
        }
        support_folder_remove(path);
    }
    if (!strcmp(kind, "cifar")) {
        snprintf(path, sizeof path, "%s/data_batch_1.bin", below);
        static const uint8_t record[3073];
        support_write(folder, path, record, sizeof record);
    }
    dpdm_dataset_destroy(&data);
}

static void two_kinds_in_one_place_are_refused(void **state)
{
    (void)state;
    static const char *const kinds[] = {"npz", "idx", "cifar"};
    static const char *const names[] = {"made.npz", "-ubyte", "data_batch_1.bin"};
    char folder[256], below[40];
    support_folder_make(folder);
    for (int a = 0; a < 3; a++) {
        snprintf(below, sizeof below, "classes-%s", kinds[a]);
        class_folders(folder, below, 3);
        assert_int_equal(count_of(folder, below, DPDM_SPLIT_TRAIN), 6);
        drop(folder, below, kinds[a]);
        expect_words(folder, below, names[a], "cats/00.png");
        snprintf(below, sizeof below, "splits-%s", kinds[a]);
        char train[60];
        snprintf(train, sizeof train, "%s/train", below);
        class_folders(folder, train, 3);
        drop(folder, below, kinds[a]);
        expect_words(folder, below, names[a], "train/cats/00.png");
        for (int b = 0; b < a; b++) {
            snprintf(below, sizeof below, "%s-%s", kinds[a], kinds[b]);
            support_folder_add(folder, below);
            drop(folder, below, kinds[a]);
            drop(folder, below, kinds[b]);
            expect_words(folder, below, names[a], names[b]);
        }
    }
    support_folder_add(folder, "many");
    drop(folder, "many", "npz");
    assert_int_equal(count_of(folder, "many", DPDM_SPLIT_TEST), 3); /* one .npz is the whole */
    char from[300], to[300];
    snprintf(from, sizeof from, "%s/many/made.npz", folder);
    snprintf(to, sizeof to, "%s/many/train.npz", folder);
    size_t size;
    uint8_t *bytes = support_read(from, &size);
    support_write(folder, "many/train.npz", bytes, size);
    expect_words(folder, "many", "made.npz", "train.npz");
    assert_int_equal(rename(from, to), 0);
    support_write(folder, "many/Test.npz", bytes, size);
    free(bytes);
    assert_int_equal(count_of(folder, "many", DPDM_SPLIT_TRAIN), 3);
    assert_int_equal(count_of(folder, "many", DPDM_SPLIT_TEST), 3);
    dpdm_error err;
    assert_non_null(strstr(support_refusal(folder, "many", DPDM_SPLIT_VAL, &err), "no val split"));
    support_folder_remove(folder);
}

static void litter_is_no_data_at_any_depth(void **state)
{
    (void)state;
    static const char *const places[] = {"", "train/", "train/cats/", "train/cats/patient/"};
    static const char *const files[] = {"._00.png",           ".DS_Store",   "Thumbs.db",
                                        "thumbs.DB",          "desktop.ini", "00.png:Zone.Identifier",
                                        "00.png@SynoEAStream"};
    static const char *const folders[] = {"__MACOSX/cats", ".ipynb_checkpoints",        "@eaDir/00.png",
                                          "$RECYCLE.BIN",  "System Volume Information", "lost+found",
                                          "#recycle"};
    char folder[256], name[300];
    support_folder_make(folder);
    class_folders(folder, "train", 3);
    support_image(folder, "train/cats/patient/1.png", 4, 5, 1, 1);
    for (size_t p = 0; p < sizeof places / sizeof *places; p++) {
        for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
            snprintf(name, sizeof name, "%s%s", places[p], files[i]);
            support_write(folder, name, "x", 1);
        }
        for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
            snprintf(name, sizeof name, "%s%s/thumb.png", places[p], folders[i]);
            support_image(folder, name, 9, 9, 3, 1);
            snprintf(name, sizeof name, "%s%s/other.bin", places[p], folders[i]);
            support_write(folder, name, "x", 1);
        }
    }
    assert_int_equal(count_of(folder, "", DPDM_SPLIT_TRAIN), 7);
    support_folder_remove(folder);
}

static void loose_files_and_unread_levels_are_named(void **state)
{
    (void)state;
    char folder[256];
    support_folder_make(folder);
    class_folders(folder, "a", 2);
    support_write(folder, "a/README.txt", "x", 1);
    support_write(folder, "a/LICENSE", "x", 1);
    assert_int_equal(count_of(folder, "a", DPDM_SPLIT_TRAIN), 4);
    static const char *const loose[] = {"loose.png", "scan.jpg", "scan.dcm", "images.zip", "images.npy", "IM0001"};
    for (size_t i = 0; i < sizeof loose / sizeof *loose; i++) {
        char name[300];
        snprintf(name, sizeof name, "a/%s", loose[i]);
        support_write(folder, name, "x", 1);
        expect_words(folder, "a", loose[i], "would not be read");
        snprintf(name, sizeof name, "%s/a/%s", folder, loose[i]);
        assert_int_equal(remove(name), 0);
    }
    class_folders(folder, "b/Train", 2); /* splits, as they are written by hand */
    class_folders(folder, "b/TEST", 1);
    assert_int_equal(count_of(folder, "b", DPDM_SPLIT_TRAIN), 4);
    assert_int_equal(count_of(folder, "b", DPDM_SPLIT_TEST), 2);
    support_image(folder, "b/loose.png", 4, 5, 1, 1);
    expect_words(folder, "b", "loose.png", "split");
    char name[300];
    snprintf(name, sizeof name, "%s/b/loose.png", folder);
    assert_int_equal(remove(name), 0);
    support_image(folder, "b/more/cats/1.png", 4, 5, 1, 1);
    expect_words(folder, "b", "more", "cats/1.png");
    class_folders(folder, "c/train", 1);
    class_folders(folder, "c/Train", 1);
    expect_words(folder, "c", "'Train' and 'train'", "keep one");
    class_folders(folder, "d/all/train", 1); /* one level too high */
    class_folders(folder, "d/all/test", 1);
    expect_words(folder, "d", "all/test", "split");
    support_folder_remove(folder);
}

static void images_below_folders_of_patients_are_read(void **state)
{
    (void)state;
    char folder[256];
    dpdm_dataset data;
    dpdm_error err = {0};
    support_folder_make(folder);
    static const char *const names[] = {"cats/1.png", "cats/p1/2.png", "cats/p1/s/3.png", "cats/p2/4.png",
                                        "dogs/p1/5.png"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        support_image(folder, names[i], 4, 5, 1, (unsigned)i);
    if (dpdm_dataset_open(folder, NULL, DPDM_SPLIT_TRAIN, NULL, &data, &err))
        fail_msg("%s", err.message);
    assert_int_equal(data.count, 5);
    for (uint64_t i = 0; i < 5; i++)
        assert_int_equal(data.labels[i], i == 4);
    /* Folders that may be people are never trained on by image without a word. */
    static const struct {
        dpdm_owner_rule rule;
        dpdm_status want;
    } rules[] = {{{DPDM_UNIT_AUTO, 0, 0}, DPDM_EUSAGE},
                 {{DPDM_UNIT_IMAGE, 0, 0}, DPDM_OK},
                 {{DPDM_UNIT_AUTO, 3, 1}, DPDM_OK},
                 {{DPDM_UNIT_AUTO, 3, 0}, DPDM_EFORMAT}};
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        assert_int_equal(dpdm_owner_apply(&rules[i].rule, folder, &data, &err), rules[i].want);
    dpdm_dataset_destroy(&data);
    support_write(folder, "cats/p1/notes.xyz", "x", 1);
    expect_words(folder, "", "cats/p1/notes.xyz", "take it away");
    support_image(folder, "dogs/a/b/c/d/e/f/1.png", 4, 5, 1, 1);
    char name[300];
    snprintf(name, sizeof name, "%s/cats/p1/notes.xyz", folder);
    assert_int_equal(remove(name), 0);
    expect_words(folder, "", "dogs/a/b/c/d/e/f", "folders deep");
    support_folder_remove(folder);
}

static void class_folders_that_look_alike_are_refused(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {{"normal", "Normal"},
                                           {"no finding", "no_finding"},
                                           {"1", "01"},
                                           {"normal ", "normal"},
                                           {"caf\xc3\xa9", "cafe\xcc\x81"}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        char folder[256], name[60];
        support_folder_make(folder);
        for (int k = 0; k < 2; k++) {
            snprintf(name, sizeof name, "%s/1.png", pairs[i][k]);
            support_image(folder, name, 4, 5, 1, (unsigned)k);
        }
        expect_words(folder, "", pairs[i][0], pairs[i][1]);
        support_folder_remove(folder);
    }
}

static void folds_of_texts(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        int alike;
    } rows[] = {{"A", "a", 1},
                {"A ", "a", 1},
                {"65", "065", 1},
                {"65", "65.0", 1},
                {"65", "65.", 1},
                {"65", "+65", 1},
                {"65", "'65", 1},
                {"65", "-65", 0},
                {"65", "650", 0},
                {"65", "6.5", 0},
                {"1.0", "1.00", 1},
                {"0", "00", 1},
                {"0", "", 0},
                {"100", "10", 0},
                {"P007", "p7", 1},
                {"P 7", "P_7", 1},
                {"P-7", "P7", 0},
                {"1-12", "11-2", 0},
                {"a\xc2\xa0", "a", 1},
                {"a\xe2\x80\x8b"
                 "b",
                 "ab", 1},
                {"\xc3\x89", "e", 1},
                {"\xef\xbc\x97", "7", 1},
                {"\xd0\x90", "\xd0\xb0", 1},
                {"\xff", "\xfe", 0},
                {"1.05", "1.5", 1},
                {"10.5", "1.05", 0},
                {"x1.0", "x1", 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if ((dpdm_alike_compare(&rows[i].a, &rows[i].b) == 0) != rows[i].alike)
            fail_msg("'%s' and '%s'", rows[i].a, rows[i].b);
    static const struct {
        const char *text, *word;
    } flaws[] = {
        {"", "empty"}, {" a", "blanks"}, {"a\t", "control"}, {"a\xc2\xa0", "blanks"}, {"a\xe2\x80\x8b", "invisible"}};
    for (size_t i = 0; i < sizeof flaws / sizeof *flaws; i++) {
        const char *words = dpdm_alike_flaw(flaws[i].text, strlen(flaws[i].text));
        assert_true(words && strstr(words, flaws[i].word));
    }
    assert_null(dpdm_alike_flaw("M\xc3\xbcller 7", 9));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_kinds_in_one_place_are_refused),
        cmocka_unit_test(litter_is_no_data_at_any_depth),
        cmocka_unit_test(loose_files_and_unread_levels_are_named),
        cmocka_unit_test(images_below_folders_of_patients_are_read),
        cmocka_unit_test(class_folders_that_look_alike_are_refused),
        cmocka_unit_test(folds_of_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
