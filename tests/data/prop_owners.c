/* prop_owners.c - the cap keeps the first M images of each owner, whoever else is there; owners survive every format that
 * can hold them, and where they cannot be read the data are refused. */
#include "data/owners.h"
#include "data/support.h"
#include "dpdm/rng.h"

enum { ROOM = 60 };

static void random_owners(uint64_t seed, uint64_t count, uint64_t people, uint64_t owners[ROOM])
{
    dpdm_key key;
    dpdm_stream stream;
    dpdm_key_from_seed(&key, seed);
    dpdm_stream_init(&stream, &key, DPDM_PURPOSE_TEST, 0, 0);
    for (uint64_t i = 0; i < count; i++)
        owners[i] = dpdm_stream_below(&stream, people) * UINT64_C(0x9e3779b97f4a7c15); /* numbers of any size */
}

/* Caps data of these owners; out[i]: is image i left out? */
static void cap(const uint64_t *owners, uint64_t count, uint64_t most, uint8_t out[ROOM])
{
    dpdm_dataset data;
    support_dataset(&data, count, 2, 2, 1, 2);
    assert_int_equal(dpdm_dataset_set_owners(&data, owners, NULL), DPDM_OK);
    assert_int_equal(dpdm_dataset_cap(&data, most, NULL), DPDM_OK);
    memcpy(out, data.left_out, count);
    dpdm_dataset_destroy(&data);
}

static void exactly_the_first_of_each_owner_count(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 300; seed++) {
        uint64_t owners[ROOM], count = seed % ROOM, most = 1 + seed % 7;
        uint8_t out[ROOM];
        random_owners(seed, count, 1 + seed % 11, owners);
        cap(owners, count, most, out);
        for (uint64_t i = 0; i < count; i++) {
            uint64_t before = 0;
            for (uint64_t j = 0; j < i; j++)
                before += owners[j] == owners[i];
            assert_int_equal(out[i], before >= most);
        }
    }
}

/* The claim's heart: taking one person away, wherever the images are, moves nobody else's images in or out. */
static void a_person_who_leaves_changes_nobody_else(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 300; seed++) {
        uint64_t owners[ROOM], left[ROOM], count = ROOM, most = 1 + seed % 5, n = 0, kept = 0;
        uint8_t with[ROOM], without[ROOM];
        random_owners(seed, count, 1 + seed % 9, owners);
        uint64_t gone = owners[seed % ROOM];
        cap(owners, count, most, with);
        for (uint64_t i = 0; i < count; i++) {
            if (owners[i] != gone)
                left[n++] = owners[i];
            else
                kept += !with[i];
        }
        assert_true(kept >= 1 && kept <= most);
        cap(left, n, most, without);
        n = 0;
        for (uint64_t i = 0; i < count; i++)
            if (owners[i] != gone)
                assert_int_equal(with[i], without[n++]);
    }
}

static void a_cap_needs_owners(void **state)
{
    (void)state;
    dpdm_dataset data;
    dpdm_error err = {0};
    uint64_t owners[3] = {4, 4, 4};
    support_dataset(&data, 3, 2, 2, 1, 2);
    assert_int_equal(dpdm_dataset_cap(&data, 2, &err), DPDM_EUSAGE);
    assert_int_equal(dpdm_dataset_set_owners(&data, owners, NULL), DPDM_OK);
    assert_int_equal(dpdm_dataset_cap(&data, 0, &err), DPDM_EUSAGE);
    assert_null(data.left_out);
    dpdm_dataset_destroy(&data);
}

static void owned_dataset(dpdm_dataset *data, const uint64_t owners[6])
{
    support_dataset(data, 6, 3, 3, 1, 2);
    assert_int_equal(dpdm_dataset_set_owners(data, owners, NULL), DPDM_OK);
    assert_int_equal(dpdm_dataset_seal(data, NULL), DPDM_OK);
}

static void other_owners_are_other_data(void **state)
{
    (void)state;
    dpdm_dataset a, b, plain, part;
    uint64_t owners[6] = {7, 7, UINT64_MAX, 7, 0, 0}, others[6] = {7, 7, UINT64_MAX, 7, 0, 1};
    owned_dataset(&a, owners);
    owned_dataset(&b, others);
    support_dataset(&plain, 6, 3, 3, 1, 2);
    assert_memory_not_equal(a.digest, b.digest, 32);
    assert_memory_not_equal(a.digest, plain.digest, 32);
    assert_int_equal(dpdm_dataset_slice(&a, 2, 3, &part, NULL), DPDM_OK);
    assert_memory_equal(part.owners, owners + 2, 3 * sizeof *owners);
    dpdm_dataset_destroy(&part);
    dpdm_dataset_destroy(&plain);
    dpdm_dataset_destroy(&b);
    dpdm_dataset_destroy(&a);
}

static void formats_keep_owners_or_refuse(void **state)
{
    (void)state;
    char folder[256], path[300];
    uint64_t owners[6] = {7, 7, UINT64_MAX, 7, 0, 0}, count, most;
    dpdm_dataset data, back;
    dpdm_error err = {0};
    support_folder_make(folder);
    owned_dataset(&data, owners);
    snprintf(path, sizeof path, "%s/a.npz", folder);
    assert_int_equal(dpdm_dataset_write(&data, DPDM_FORMAT_NPZ, path, 0, NULL), DPDM_OK);
    assert_int_equal(dpdm_dataset_open(path, NULL, DPDM_SPLIT_TRAIN, NULL, &back, NULL), DPDM_OK);
    assert_memory_equal(back.owners, owners, sizeof owners);
    assert_memory_equal(back.digest, data.digest, 32);
    assert_int_equal(dpdm_owners_count(&back, &count, &most, NULL), DPDM_OK);
    assert_true(count == 3 && most == 3);
    dpdm_dataset_destroy(&back);
    snprintf(path, sizeof path, "%s/png", folder);
    for (int again = 0; again < 2; again++) /* the second time over the first */
        assert_int_equal(dpdm_dataset_write(&data, DPDM_FORMAT_PNG, path, again, NULL), DPDM_OK);
    assert_int_equal(dpdm_dataset_open(path, NULL, DPDM_SPLIT_TRAIN, NULL, &back, &err), DPDM_OK);
    for (uint64_t i = 0; i < 6; i++) /* by class: 0, 2, 4, then 1, 3, 5 */
        assert_true(back.owners[i] == owners[i < 3 ? 2 * i : 2 * i - 5]);
    dpdm_dataset_destroy(&back);
    snprintf(path, sizeof path, "%s/idx", folder);
    assert_int_equal(dpdm_dataset_write(&data, DPDM_FORMAT_IDX, path, 0, &err), DPDM_EUSAGE);
    dpdm_dataset_destroy(&data);
    support_folder_remove(folder);
}

/* ---- owners.csv ---- */

static const char *const names[4] = {"b/1.png", "a/1.png", "a/10.png", "a/2.png"};

static dpdm_status parse(const char *text, uint64_t owners[4], dpdm_error *err)
{
    dpdm_blob file = {"owners.csv", (const uint8_t *)text, strlen(text)};
    return dpdm_owners_parse(&file, names, 4, owners, err);
}

static void owners_csv_is_read_in_any_order(void **state)
{
    (void)state;
    uint64_t o[4];
    assert_int_equal(parse("file,owner\na/1.png,7\nb/1.png,18446744073709551615\na/2.png,7\na/10.png,0\n", o, NULL),
                     DPDM_OK);
    assert_true(o[0] == UINT64_MAX && o[1] == 7 && o[2] == 0 && o[3] == 7);
    /* Texts: equal ones are equal numbers, others are not, whatever they look like. */
    assert_int_equal(parse("\xef\xbb\xbf"
                           "file,owner\r\na/1.png,ann\r\n\r\nb/1.png,7\r\na/2.png,ann\r\na/10.png,08",
                           o, NULL),
                     DPDM_OK);
    assert_true(o[1] == o[3] && o[0] != o[1] && o[2] != o[0] && o[2] != o[1]);
}

static void a_wrong_owners_csv_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *word;
    } cases[] = {
        {"", "empty"},
        {"file;name\n", "file,owner"},
        {"file,owner\n", "has no line"},
        {"file,owner\na/1.png,1\na/2.png,1\na/10.png,1\n", "b/1.png has no line"},
        {"file,owner\na/1.png,1\na/2.png,1\na/10.png,1\nb/1.png,\n", ":5: has no owner"},
        {"file,owner\na/1.png\n", ":2: has 1 fields"},
        {"file,owner\na/3.png,1\n", ":2: names an image that is not"},
        {"file,owner\na/1.pn,1\n", ":2: names an image that is not"},
        {"file,owner\na/1.pngg,1\n", ":2: names an image that is not"},
        {"file,owner\na/1.png,1\na/1.png,1\n", ":3: names an image for the second time"},
        {"file,owner\n\"a/1.png,1\n", ":2: a quote is opened"},
        {"file,owner\n\"a/1.png\"x,1\n", ":2: has text after"},
        {"file,owner\na/1.png,1,2\n", ":2: has 3 fields"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t o[4];
        dpdm_error err = {0};
        assert_int_equal(parse(cases[i].text, o, &err), DPDM_EFORMAT);
        if (!strstr(err.message, cases[i].word))
            fail_msg("case %zu: '%s' lacks '%s'", i, err.message, cases[i].word);
    }
}

/* One table as text editors, R and spreadsheets write it: the same owners. */
static void every_dialect_of_csv_is_read(void **state)
{
    (void)state;
    static const char *const tables[] = {
        "file,owner\na/1.png,ann\na/2.png,ann\na/10.png,b\nb/1.png,c\n",
        ("\xef\xbb\xbf\"file\";\"owner\"\r\n\"a/1.png\";\"ann\"\r\n\"a/2.png\";\"ann\"\r\n\"a/10.png\";\"b\"\r\n\"b/"
         "1.png\";\"c\""),
        "sep=;\r\nowner;age;File\r\nann;7;a/1.png\r\nann;7;a/2.png\r\nb;9;a/10.png\r\nc;1;b/1.png\r\n",
        "File\tOwner\na\\1.png\tann\n.\\a\\2.png\tann\n./a/10.png\tb\nb/1.png\tc\n",
        "file,note,owner\ra/1.png,\"two\nlines, \"\"quoted\"\"\",ann\ra/2.png,,ann\ra/10.png,x,b\rb/1.png,\"\",\"c\"\r",
    };
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        uint64_t o[4];
        dpdm_error err = {0};
        if (parse(tables[i], o, &err))
            fail_msg("table %zu: %s", i, err.message);
        assert_true(o[1] == o[3] && o[0] != o[1] && o[2] != o[1] && o[0] != o[2]);
    }
}

/* The claim "for one person" needs one name a person: what looks like two spellings of one is refused, both lines named. */
static void spellings_of_one_person_are_refused(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {{"A", "a"},
                                           {"065", "65"},
                                           {"65.0", "65"},
                                           {"'65", "65"},
                                           {"P007", "p7"},
                                           {"case 7", "case_7"},
                                           {"M\xc3\xbcller", "Muller"},
                                           {"+65", "65"},
                                           {"\xef\xbc\x96"
                                            "5",
                                            "65"}};
    static const char *const alone[] = {"A ",  " A", "NA",      "nan",           "NULL",
                                        "N/A", "-1", "1.2E+08", "a\xe2\x80\x8b", "\"\""};
    char text[400];
    uint64_t o[4];
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        for (int swap = 0; swap < 2; swap++) {
            dpdm_error err = {0};
            snprintf(text, sizeof text, "file,owner\na/1.png,%s\na/2.png,x\na/10.png,%s\nb/1.png,y\n", pairs[i][swap],
                     pairs[i][!swap]);
            assert_int_equal(parse(text, o, &err), DPDM_EFORMAT);
            if (!strstr(err.message, ":2") || !strstr(err.message, ":4") || !strstr(err.message, "looks like"))
                fail_msg("'%s' and '%s': %s", pairs[i][0], pairs[i][1], err.message);
        }
    for (size_t i = 0; i < sizeof alone / sizeof *alone; i++) {
        dpdm_error err = {0};
        snprintf(text, sizeof text, "file,owner\na/1.png,z\na/2.png,%s\na/10.png,x\nb/1.png,y\n", alone[i]);
        assert_int_equal(parse(text, o, &err), DPDM_EFORMAT);
        if (!strstr(err.message, "owners.csv:3"))
            fail_msg("'%s': %s", alone[i], err.message);
    }
    assert_int_equal(parse("file,owner\na/1.png,1-12\na/2.png,11-2\na/10.png,65\nb/1.png,650\n", o, NULL), DPDM_OK);
}

/* Owners under another name are never passed over. */
static void tables_and_keys_that_seem_to_hold_owners_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *file, *text;
        int refused;
    } rows[] = {{"Owners.csv", "x\n", 1},
                {"patients.csv", "file,owner\n", 1},
                {"subject-ids.xlsx", "x", 1},
                {"meta.csv", "file;PatientID;age\n", 1},
                {"labels.tsv", "file\tsubject_id\n", 1},
                {"labels.csv", "file,label,age\n", 0},
                {"README.txt", "patient owner\n", 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int splits = 0; splits < 2; splits++) {
            char folder[256], name[80];
            dpdm_error err;
            support_folder_make(folder);
            support_image(folder, splits ? "train/a/1.png" : "a/1.png", 3, 3, 1, 1);
            snprintf(name, sizeof name, "%s%s", splits && i % 2 ? "train/" : "", rows[i].file);
            support_write(folder, name, rows[i].text, strlen(rows[i].text));
            const char *words = support_refusal(folder, "", DPDM_SPLIT_TRAIN, &err);
            if (rows[i].refused ? !strstr(words, rows[i].file) || !strstr(words, "owners.csv") : words[0] != '\0')
                fail_msg("%s: '%s'", name, words);
            support_folder_remove(folder);
        }
    static const struct {
        const char *name;
        int people;
    } keys[] = {{"patient_id", 1},  {"PatientID", 1},   {"subjects", 1},   {"train_owner", 1},
                {"user id", 1},     {"mrn", 1},         {"images", 0},     {"labels", 0},
                {"powerusers2", 0}, {"class_names", 0}, {"impatiently", 0}};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (dpdm_owners_named(keys[i].name) != keys[i].people)
            fail_msg("%s", keys[i].name);
}

/* CLASS/PERSON/...: one folder name is one person in every class and however deep below; with any doubt it is refused. */
static void a_folder_is_a_person(void **state)
{
    (void)state;
    static const struct {
        const char *names[4], *word;
        dpdm_status status;
    } cases[] = {
        {{"b/ann/1.png", "a/ann/x/1.png", "a/bo/1.png", "b/c/y/z/1.png"}, "", DPDM_OK},
        {{"b/ann/1.png", "a/ann/1.png", "a/1.png", "b/c/1.png"},
         "/data/a/1.png: lies in its class folder",
         DPDM_EFORMAT},
        {{"b/Ann/1.png", "a/ann/1.png", "a/bo/1.png", "b/c/1.png"},
         "looks like 'Ann' (/data/b/Ann/1.png)",
         DPDM_EFORMAT},
        {{"b/007/1.png", "a/7/1.png", "a/bo/1.png", "b/c/1.png"}, "looks like", DPDM_EFORMAT},
        {{"b/ann/1.png", "a/unknown/1.png", "a/bo/1.png", "b/c/1.png"}, "stands for nobody", DPDM_EFORMAT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t o[4];
        dpdm_error err = {0};
        if (dpdm_owners_from_folders("/data", cases[i].names, 4, o, &err) != cases[i].status)
            fail_msg("case %zu: '%s'", i, err.message);
        if (cases[i].status && !strstr(err.message, cases[i].word))
            fail_msg("case %zu: '%s' lacks '%s'", i, err.message, cases[i].word);
        if (!cases[i].status)
            assert_true(o[0] == o[1] && o[2] != o[0] && o[3] != o[0] && o[3] != o[2]);
    }
}

static dpdm_status open_owned(const char *folder, const char *spec, int owners, const char *key, char text[300])
{
    char path[512];
    dpdm_dataset data;
    dpdm_error err = {0};
    const dpdm_facts facts = {.owners = owners, .owners_key = key};
    snprintf(path, sizeof path, "%s/%s", folder, spec);
    dpdm_status status = dpdm_dataset_open(path, NULL, DPDM_SPLIT_TRAIN, &facts, &data, &err);
    snprintf(text, 300, "%.299s", status ? err.message : data.owners ? "owners" : "none");
    if (!status)
        dpdm_dataset_destroy(&data);
    return status;
}

/* Where owners were said to be they are read, and where there are none the data are refused: never taken without. */
static void owners_that_were_asked_for_are_there(void **state)
{
    (void)state;
    char folder[256], path[300], text[300];
    dpdm_dataset data;
    support_folder_make(folder);
    support_image(folder, "png/a/ann/1.png", 3, 3, 1, 1);
    support_image(folder, "png/b/ann/1.png", 3, 3, 1, 1);
    support_dataset(&data, 6, 3, 3, 1, 2);
    snprintf(path, sizeof path, "%s/idx", folder);
    assert_int_equal(dpdm_dataset_write(&data, DPDM_FORMAT_IDX, path, 0, NULL), DPDM_OK);
    snprintf(path, sizeof path, "%s/a.npz", folder);
    assert_int_equal(dpdm_dataset_write(&data, DPDM_FORMAT_NPZ, path, 0, NULL), DPDM_OK);
    dpdm_dataset_destroy(&data);
    assert_true(!open_owned(folder, "png", DPDM_OWNERS_FOLDER, NULL, text) && !strcmp(text, "owners"));
    assert_true(!open_owned(folder, "png", DPDM_OWNERS_AUTO, "", text) && !strcmp(text, "none"));
    static const char *const others[] = {"idx", "a.npz"};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(open_owned(folder, others[i], DPDM_OWNERS_FOLDER, NULL, text), DPDM_EUSAGE);
        assert_non_null(strstr(text, "has no folders"));
        assert_int_equal(open_owned(folder, others[i], DPDM_OWNERS_AUTO, "patient", text), DPDM_EUSAGE);
        assert_non_null(strstr(text, "no key 'patient'"));
    }
    assert_int_equal(open_owned(folder, "png", DPDM_OWNERS_AUTO, "patient", text), DPDM_EUSAGE);
    assert_int_equal(open_owned(folder, "png", DPDM_OWNERS_FOLDER, "patient", text), DPDM_EUSAGE);
    support_write(folder, "png/patients.csv", "file,owner\n", 11); /* it was said where owners are: not there */
    assert_int_equal(open_owned(folder, "png", DPDM_OWNERS_AUTO, NULL, text), DPDM_EFORMAT);
    assert_int_equal(open_owned(folder, "png", DPDM_OWNERS_FOLDER, NULL, text), DPDM_OK);
    support_write(folder, "png/owners.csv", "file,owner\n", 11); /* two answers */
    assert_int_equal(open_owned(folder, "png", DPDM_OWNERS_FOLDER, NULL, text), DPDM_EUSAGE);
    assert_non_null(strstr(text, "owners.csv"));
    assert_true(!open_owned(folder, "png", DPDM_OWNERS_NOT_NEEDED, NULL, text) && !strcmp(text, "none"));
    support_folder_remove(folder);
}

/* Owners that lie where nothing reads them would be images without protection. */
static void owners_in_the_wrong_place_are_refused(void **state)
{
    (void)state;
    char folder[256], path[300];
    dpdm_dataset data, back;
    dpdm_error err = {0};
    support_folder_make(folder);
    support_dataset(&data, 6, 3, 3, 1, 2);
    snprintf(path, sizeof path, "%s/idx", folder);
    assert_int_equal(dpdm_dataset_write(&data, DPDM_FORMAT_IDX, path, 0, NULL), DPDM_OK);
    support_write(path, DPDM_OWNERS_FILE, "file,owner\n", 11);
    assert_int_equal(dpdm_dataset_open(path, NULL, DPDM_SPLIT_TRAIN, NULL, &back, &err), DPDM_EFORMAT);
    assert_non_null(strstr(err.message, "owners"));
    snprintf(path, sizeof path, "%s/splits", folder);
    support_folder_add(path, "");
    char below[320];
    snprintf(below, sizeof below, "%s/train", path);
    assert_int_equal(dpdm_dataset_write(&data, DPDM_FORMAT_PNG, below, 0, NULL), DPDM_OK);
    assert_int_equal(dpdm_dataset_open(path, NULL, DPDM_SPLIT_TRAIN, NULL, &back, &err), DPDM_OK);
    dpdm_dataset_destroy(&back);
    support_write(path, DPDM_OWNERS_FILE, "file,owner\n", 11);
    assert_int_equal(dpdm_dataset_open(path, NULL, DPDM_SPLIT_TRAIN, NULL, &back, &err), DPDM_EFORMAT);
    assert_non_null(strstr(err.message, "split"));
    dpdm_dataset_destroy(&data);
    support_folder_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exactly_the_first_of_each_owner_count),
        cmocka_unit_test(a_person_who_leaves_changes_nobody_else),
        cmocka_unit_test(a_cap_needs_owners),
        cmocka_unit_test(other_owners_are_other_data),
        cmocka_unit_test(formats_keep_owners_or_refuse),
        cmocka_unit_test(owners_csv_is_read_in_any_order),
        cmocka_unit_test(a_wrong_owners_csv_is_refused),
        cmocka_unit_test(every_dialect_of_csv_is_read),
        cmocka_unit_test(spellings_of_one_person_are_refused),
        cmocka_unit_test(a_folder_is_a_person),
        cmocka_unit_test(owners_that_were_asked_for_are_there),
        cmocka_unit_test(tables_and_keys_that_seem_to_hold_owners_are_named),
        cmocka_unit_test(owners_in_the_wrong_place_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
