/* prop_class_names.c - the label of an image follows the name of its class, whatever order folders, files and configs have;
 * where names do not say which class is which, the sets are refused. */
#include "data/class_names.h"
#include "data/npz.h"
#include "dpdm/rng.h"
#include "support.h"

enum { CLASSES = 5 };
static const char *const names[CLASSES] = {"Pneumonia", "covid-19", "no finding",
                                           ("\xc3\xb6"
                                            "dem"),
                                           "tbc"};

/* Names in a random order, and as text. */
static void shuffle(uint64_t seed, const char *order[CLASSES], char text[200])
{
    dpdm_key key;
    dpdm_stream stream;
    dpdm_key_from_seed(&key, seed);
    dpdm_stream_init(&stream, &key, DPDM_PURPOSE_TEST, 0, 0);
    memcpy(order, names, sizeof names);
    text[0] = '\0';
    for (int i = CLASSES - 1; i > 0; i--) {
        uint64_t k = dpdm_stream_below(&stream, (uint64_t)i + 1);
        const char *kept = order[i];
        order[i] = order[k];
        order[k] = kept;
    }
    for (int i = 0; i < CLASSES; i++)
        sprintf(text + strlen(text), "%s%s", i ? "," : "", order[i]);
}

/* Images whose every pixel tells the class: 10 times the place of its name in `names`. */
static void class_images(const char *folder, unsigned leave_out)
{
    for (int c = 0; c < CLASSES; c++)
        for (int i = 0; i < 3 && !(leave_out >> c & 1); i++) {
            char path[300];
            uint8_t pixels[4];
            dpdm_dataset one;
            memset(pixels, 10 * c, sizeof pixels);
            support_folder_add(folder, names[c]);
            assert_int_equal(dpdm_dataset_create(1, 2, 2, 1, 1, &one, NULL), DPDM_OK);
            memcpy(one.pixels, pixels, sizeof pixels);
            snprintf(path, sizeof path, "%s/%s/%d.png", folder, names[c], i);
            assert_int_equal(dpdm_grid_png_write(&one, 1, 1, path, 0, NULL), DPDM_OK);
            dpdm_dataset_destroy(&one);
        }
}

/* Every image bears the name of the class it was made for. */
static void assert_right(const dpdm_dataset *data)
{
    assert_non_null(data->class_names);
    for (uint64_t i = 0; i < data->count; i++)
        assert_string_equal(data->class_names[data->labels[i]], names[data->pixels[4 * i] / 10]);
}

static void labels_follow_the_stated_names(void **state)
{
    (void)state;
    char folder[256], path[300], text[200];
    const char *order[CLASSES];
    dpdm_dataset plain;
    support_folder_make(folder);
    snprintf(path, sizeof path, "%s/set", folder);
    class_images(path, 0);
    assert_int_equal(dpdm_dataset_open(path, NULL, DPDM_SPLIT_TRAIN, NULL, &plain, NULL), DPDM_OK);
    assert_right(&plain);
    for (uint64_t seed = 0; seed < 40; seed++) {
        dpdm_dataset data, back;
        dpdm_error err = {0};
        shuffle(seed, order, text);
        dpdm_facts facts = {.classes = seed % 2 ? CLASSES : 0, .class_names = text};
        if (dpdm_dataset_open(path, NULL, DPDM_SPLIT_TRAIN, &facts, &data, &err))
            fail_msg("%s", err.message);
        assert_right(&data);
        for (int c = 0; c < CLASSES; c++)
            assert_string_equal(data.class_names[c], order[c]);
        assert_memory_equal(data.digest, plain.digest, sizeof plain.digest); /* the same data, whatever the order */
        assert_int_equal(dpdm_dataset_match(&data, "a", &plain, "b", &err), DPDM_OK); /* and by name from set to set */
        assert_right(&plain);
        assert_memory_equal(plain.labels, data.labels, plain.count * sizeof *plain.labels);
        /* Names survive every format that can hold them. */
        for (int format = 0; format < 2; format++) {
            char out[320];
            snprintf(out, sizeof out, "%s/out%s", folder, format ? "" : ".npz");
            if (dpdm_dataset_write(&data, format ? DPDM_FORMAT_PNG : DPDM_FORMAT_NPZ, out, 1, &err))
                fail_msg("%s", err.message);
            for (int stated = 0; stated < 2; stated++) {
                if (dpdm_dataset_open(out, NULL, DPDM_SPLIT_TRAIN, stated ? &facts : NULL, &back, &err))
                    fail_msg("%s", err.message);
                assert_int_equal(back.count, data.count);
                assert_right(&back);
                dpdm_dataset_destroy(&back);
            }
        }
        dpdm_dataset_destroy(&data);
    }
    dpdm_dataset_destroy(&plain);
    support_folder_remove(folder);
}

static void a_set_may_lack_classes_but_not_have_others(void **state)
{
    (void)state;
    char folder[256], path[300], text[200];
    const char *order[CLASSES];
    support_folder_make(folder);
    for (unsigned leave_out = 1; leave_out < (1u << CLASSES) - 1; leave_out++) {
        dpdm_dataset data, whole;
        dpdm_error err = {0};
        snprintf(path, sizeof path, "%s/%u", folder, leave_out);
        class_images(path, leave_out);
        shuffle(leave_out, order, text);
        dpdm_facts facts = {.classes = CLASSES, .class_names = text};
        if (dpdm_dataset_open(path, NULL, DPDM_SPLIT_TEST, &facts, &data, &err))
            fail_msg("%s", err.message);
        assert_int_equal(data.classes, CLASSES);
        assert_right(&data);
        dpdm_dataset_destroy(&data);
        /* Two sets: the one with fewer classes matches the one with all, never the other way round. */
        snprintf(path, sizeof path, "%s/%u", folder, leave_out);
        assert_int_equal(dpdm_dataset_open(path, NULL, DPDM_SPLIT_TEST, NULL, &data, &err), DPDM_OK);
        support_dataset(&whole, 10, 2, 2, 1, CLASSES);
        assert_int_equal(dpdm_dataset_name_classes(&whole, text, &err), DPDM_OK);
        assert_int_equal(dpdm_dataset_match(&data, "few", &whole, "all", &err), DPDM_EFORMAT);
        assert_non_null(strstr(err.message, "by name"));
        assert_int_equal(dpdm_dataset_match(&whole, "all", &data, "few", &err), DPDM_OK);
        assert_int_equal(data.classes, CLASSES);
        assert_right(&data);
        dpdm_dataset_destroy(&data);
        dpdm_dataset_destroy(&whole);
        support_folder_remove(path);
    }
    support_folder_remove(folder);
}

static void other_spellings_are_refused_with_both_lists(void **state)
{
    (void)state;
    static const char *const others[] = {"pneumonia,covid-19,no finding,\xc3\xb6"
                                         "dem,tbc",
                                         "a,b,c,d,e",
                                         "Pneumonia,covid-19,no_finding,\xc3\xb6"
                                         "dem,tbc"};
    char folder[256];
    support_folder_make(folder);
    class_images(folder, 0);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        dpdm_dataset data;
        dpdm_error err = {0};
        dpdm_facts facts = {.class_names = others[i]};
        assert_int_equal(dpdm_dataset_open(folder, NULL, DPDM_SPLIT_TRAIN, &facts, &data, &err), DPDM_EFORMAT);
        assert_non_null(strstr(err.message, "Pneumonia, covid-19, no finding"));
        assert_non_null(strstr(err.message, i == 1 ? "a, b, c" : i ? "no_finding" : "pneumonia, covid"));
        assert_null(data.pixels);
    }
    support_folder_remove(folder);
}

/* Numbers are no names: 0, 1, 2 in their own place; other numbers are names like any. */
static void folders_called_by_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *folders[3], *stated;
        int named;
        int32_t labels[3]; /* of the images of the folders */
    } rows[] = {{{"0", "1", "2"}, NULL, 0, {0, 1, 2}},     {{"00", "01", "02"}, NULL, 0, {0, 1, 2}},
                {{"1", "2", "10"}, NULL, 1, {0, 1, 2}},    {{"0", "1", "2"}, "a,b,c", 1, {0, 1, 2}},
                {{"0", "1", "2"}, "2,1,0", 1, {2, 1, 0}},  {{"1", "10", "2"}, "10,2,1", 1, {2, 0, 1}},
                {{"1", "10", "2"}, "1,2,10", 1, {0, 2, 1}}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char folder[256], name[40];
        dpdm_dataset data;
        dpdm_error err = {0};
        dpdm_facts facts = {.class_names = rows[i].stated};
        support_folder_make(folder);
        for (int c = 0; c < 3; c++)
            for (int n = 0; n <= c; n++) {
                snprintf(name, sizeof name, "%s/%d.png", rows[i].folders[c], n);
                support_image(folder, name, 2, 2, 1, 7);
            }
        if (dpdm_dataset_open(folder, NULL, DPDM_SPLIT_TRAIN, &facts, &data, &err))
            fail_msg("%s", err.message);
        uint64_t counts[3] = {0};
        for (uint64_t k = 0; k < data.count; k++)
            counts[data.labels[k]]++;
        for (int c = 0; c < 3; c++)
            assert_int_equal(counts[rows[i].labels[c]], c + 1);
        assert_int_equal(data.class_names != NULL, rows[i].named);
        dpdm_dataset_destroy(&data);
        support_folder_remove(folder);
    }
}

static void numbers_meet_names_only_where_names_were_stated(void **state)
{
    (void)state;
    char folder[256];
    dpdm_dataset by_folder, numbers, stated;
    dpdm_error err = {0};
    support_folder_make(folder);
    class_images(folder, 0);
    assert_int_equal(dpdm_dataset_open(folder, NULL, DPDM_SPLIT_TRAIN, NULL, &by_folder, &err), DPDM_OK);
    support_dataset(&numbers, 20, 2, 2, 1, CLASSES);
    support_dataset(&stated, 20, 2, 2, 1, CLASSES);
    assert_int_equal(dpdm_dataset_name_classes(&stated, "a,b,c,d,e", &err), DPDM_OK);
    assert_int_equal(dpdm_dataset_match(&numbers, "made.npz", &by_folder, "scans", &err), DPDM_EFORMAT);
    assert_true(strstr(err.message, "made.npz") && strstr(err.message, "scans") && strstr(err.message, "covid-19"));
    assert_int_equal(dpdm_dataset_match(&by_folder, "scans", &numbers, "made.npz", &err), DPDM_EFORMAT);
    assert_int_equal(dpdm_dataset_match(&numbers, "made.npz", &stated, "x", &err), DPDM_EFORMAT);
    assert_int_equal(dpdm_dataset_match(&stated, "x", &numbers, "made.npz", &err), DPDM_OK);
    assert_string_equal(numbers.class_names[4], "e");
    dpdm_dataset_destroy(&by_folder);
    dpdm_dataset_destroy(&numbers);
    dpdm_dataset_destroy(&stated);
    support_folder_remove(folder);
}

static void what_cannot_be_names_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int classes;
        const char *word;
    } rows[] = {
        {"a,b", 3, "3 classes"},   {"a,,b", 0, "empty"}, {"a,A", 0, "look the same"}, {"a,b ,c", 0, "blanks"},
        {"a/b", 0, "'/'"},         {".a", 0, "no data"}, {"a\x01", 0, "control"},     {"1,01", 0, "look the same"},
        {"__MACOSX", 0, "no data"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        dpdm_error err = {0};
        assert_int_equal(dpdm_class_names_check(rows[i].text, rows[i].classes, &err), DPDM_EUSAGE);
        if (!strstr(err.message, rows[i].word))
            fail_msg("'%s' lacks '%s'", err.message, rows[i].word);
    }
    assert_int_equal(dpdm_class_names_check("a, b,c d", 3, NULL), DPDM_OK);
    assert_int_equal(dpdm_class_names_check("", 3, NULL), DPDM_OK);
}

/* What a person calls a class is one class or none: never another one than was meant. */
static void a_class_is_found_by_name_or_number(void **state)
{
    (void)state;
    static const struct {
        const char *text, *names;
        int label;
        const char *word; /* of the refusal */
    } cases[] = {
        {"0", NULL, 0, NULL},
        {"2", "", 2, NULL},
        {"number:2", NULL, 2, NULL},
        {"3", NULL, -1, "numbers: 0 to 2"},
        {"-1", NULL, -1, "names: none"},
        {"1.0", NULL, -1, "names: none"},
        {"", "cat,dog,emu", -1, "cat, dog, emu"},
        {"dog", "cat,dog,emu", 1, NULL},
        {"Dog", "cat,dog,emu", -1, "cat, dog, emu"},
        {"1", "cat,dog,emu", 1, NULL},
        {"number:", "cat,dog,emu", -1, "no class has"},
        {"number:dog", "cat,dog,emu", -1, "no class has"},
        {"10", "1,2,10", 2, NULL},                   /* no class has that number */
        {"2", "1,2,10", -1, "number:1 or number:2"}, /* one by name, another by number */
        {"number:2", "1,2,10", 2, NULL},
        {"1", "3,1,2", 1, NULL}, /* the same either way */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int label = 7;
        dpdm_error err = {0};
        dpdm_status status = dpdm_class_find(cases[i].text, cases[i].names, 3, &label, &err);
        if (status != (cases[i].word ? DPDM_EUSAGE : DPDM_OK) || (!cases[i].word && label != cases[i].label) ||
            (cases[i].word && !strstr(err.message, cases[i].word)))
            fail_msg("'%s' of '%s': %d, '%s'", cases[i].text, cases[i].names ? cases[i].names : "-", label,
                     err.message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_class_is_found_by_name_or_number),
        cmocka_unit_test(labels_follow_the_stated_names),
        cmocka_unit_test(a_set_may_lack_classes_but_not_have_others),
        cmocka_unit_test(other_spellings_are_refused_with_both_lists),
        cmocka_unit_test(folders_called_by_numbers),
        cmocka_unit_test(numbers_meet_names_only_where_names_were_stated),
        cmocka_unit_test(what_cannot_be_names_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
