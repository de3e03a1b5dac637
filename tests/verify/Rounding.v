(* Rounding.v - the integer lemmas of docs/privacy that need more than 64 bits, which Frama-C 25 does not read. *)
Require Import ZArith Lia.
Open Scope Z_scope.

(* exact_round of exact_gaussian.c. S x = (q + (low + w) / B) / p before rounding, where B = 2^64, p = 2^drop, q holds the
   half that makes it a rounding, and w = scale v is what the digits still to come add: a real number in [0, scale), of which
   only floor w matters to floor sums with integers. *)
Section Rounding.
  Variables q low w scale B p : Z.
  Hypothesis B_positive : 0 < B.
  Hypothesis p_positive : 0 < p.
  Hypothesis q_range : 0 <= q.
  Hypothesis low_range : 0 <= low < B.
  Hypothesis w_range : 0 <= w < scale.
  Hypothesis scale_range : scale <= B.

  Let z := q / p.
  Let exact := (q * B + low + w) / (p * B).

  Lemma split : exact = (q + (low + w) / B) / p.
  Proof.
    unfold exact. rewrite (Z.mul_comm p B), <- Z.div_div by lia.
    replace (q * B + low + w) with (low + w + q * B) by ring.
    rewrite Z.div_add by lia. f_equal. ring.
  Qed.

  Lemma carry_at_most_one : 0 <= (low + w) / B <= 1.
  Proof.
    split; [apply Z.div_pos; lia | ].
    assert ((low + w) / B < 2) by (apply Z.div_lt_upper_bound; lia). lia.
  Qed.

  (* z or z + 1, whatever is still to come. *)
  Theorem z_or_the_next : exact = z \/ exact = z + 1.
  Proof.
    rewrite split. unfold z. pose proof carry_at_most_one as [H0 H1].
    pose proof (Z.div_mod q p ltac:(lia)) as Hq. pose proof (Z.mod_pos_bound q p p_positive) as Hr.
    assert (Hc : (low + w) / B = 0 \/ (low + w) / B = 1) by lia.
    destruct Hc as [-> | ->].
    - left. f_equal. lia.
    - destruct (Z.eq_dec (q mod p) (p - 1)) as [E | E].
      + right. symmetry. apply Z.div_unique with 0; lia.
      + left. symmetry. apply Z.div_unique with (q mod p + 1); lia.
  Qed.

  (* z + 1 exactly if the remainder of q is all ones and w reaches B - low: `rest` of the code. *)
  Theorem when_the_next : exact = z + 1 <-> q mod p = p - 1 /\ B - low <= w.
  Proof.
    rewrite split. unfold z.
    pose proof (Z.div_mod q p ltac:(lia)) as Hq. pose proof (Z.mod_pos_bound q p p_positive) as Hr.
    pose proof carry_at_most_one as [H0 H1].
    destruct (Z_lt_le_dec w (B - low)) as [L | G].
    - assert (Hc : (low + w) / B = 0) by (apply Z.div_small; lia). rewrite Hc, Z.add_0_r.
      split; [intro X; exfalso; lia | intros [_ X]; lia].
    - assert (Hc : (low + w) / B = 1) by (symmetry; apply Z.div_unique with (low + w - B); lia). rewrite Hc.
      split.
      + intro X. split; [ | exact G].
        destruct (Z.eq_dec (q mod p) (p - 1)) as [E | E]; [exact E | exfalso].
        assert (Y : (q + 1) / p = q / p) by (symmetry; apply Z.div_unique with (q mod p + 1); lia). lia.
      + intros [E _]. symmetry. apply Z.div_unique with 0; lia.
  Qed.

  (* The code's test in front, 0 - low < scale and low <> 0, leaves out only what no w reaches. *)
  Theorem sure_otherwise : low = 0 \/ scale <= B - low \/ q mod p <> p - 1 -> exact = z.
  Proof.
    intro H. destruct z_or_the_next as [E | E]; [exact E | ].
    apply when_the_next in E. destruct E as [E G]. lia.
  Qed.
End Rounding.

(* exact_settle: rest / scale compared with the digits of v, one of size B at a time. With rest B = quotient scale + rest':
   v = (digit + v') / B is at least rest / scale if the digit is above the quotient, is not if it is below, and else as
   v' is to rest' / scale. v = n / m is any fraction of v' in [0, 1). *)
Theorem digits_decide : forall rest scale B digit n m,
  0 < scale -> 0 < B -> 0 < m -> 0 <= n < m -> 0 <= rest < scale ->
  let quotient := rest * B / scale in
  let next := (rest * B) mod scale in
  (digit < quotient -> (digit * m + n) * scale < rest * B * m) /\
  (digit > quotient -> (digit * m + n) * scale >= rest * B * m) /\
  (digit = quotient -> ((digit * m + n) * scale >= rest * B * m <-> n * scale >= next * m)).
Proof.
  intros rest scale B digit n m Hs HB Hm Hn Hr quotient next.
  pose proof (Z.div_mod (rest * B) scale ltac:(lia)) as E. fold quotient next in E.
  pose proof (Z.mod_pos_bound (rest * B) scale Hs) as R. fold next in R.
  assert (X : rest * B * m = quotient * m * scale + next * m) by (rewrite E; ring).
  assert (Y : 0 <= next * m < scale * m) by nia.
  rewrite X. split; [ | split].
  - intro D. assert ((digit * m + n + 1) * scale <= quotient * m * scale) by (apply Z.mul_le_mono_nonneg_r; nia). nia.
  - intro D. assert ((quotient * m + m) * scale <= (digit * m + n) * scale) by (apply Z.mul_le_mono_nonneg_r; nia). nia.
  - intro D. rewrite D. replace ((quotient * m + n) * scale) with (quotient * m * scale + n * scale) by ring. lia.
Qed.

(* grid_sum.c: an integer split in two halves gives its square back, and the halves are small. *)
Theorem split_square : forall z, -(2 ^ 45) < z < 2 ^ 45 ->
  let a := Z.shiftr z 23 in let b := Z.land z (2 ^ 23 - 1) in
  z * z = a * a * 2 ^ 46 + a * b * 2 ^ 24 + b * b /\ -(2 ^ 22) <= a < 2 ^ 22 /\ 0 <= b < 2 ^ 23.
Proof.
  intros z Hz a b.
  assert (Ha : a = z / 2 ^ 23) by (unfold a; apply Z.shiftr_div_pow2; lia).
  assert (Hb : b = z mod 2 ^ 23).
  { unfold b. replace (2 ^ 23 - 1) with (Z.ones 23) by reflexivity. apply Z.land_ones. lia. }
  pose proof (Z.div_mod z (2 ^ 23) ltac:(lia)) as E. rewrite <- Ha, <- Hb in E.
  assert (R : 0 <= b < 2 ^ 23) by (rewrite Hb; apply Z.mod_pos_bound; lia).
  split; [rewrite E; ring | split; [ | exact R]].
  rewrite Ha. split.
  - apply Z.div_le_lower_bound; lia.
  - apply Z.div_lt_upper_bound; lia.
Qed.

(* A block of 2^12 terms: no sum of 64 bits overflows. *)
Theorem block_fits : forall n a b, 0 <= n <= 2 ^ 12 -> -(2 ^ 22) <= a <= 2 ^ 22 -> 0 <= b <= 2 ^ 23 ->
  0 <= n * (a * a) < 2 ^ 63 /\ -(2 ^ 63) < n * (a * b) < 2 ^ 63 /\ 0 <= n * (b * b) < 2 ^ 63.
Proof.
  intros n a b Hn Ha Hb.
  assert (0 <= a * a <= 2 ^ 44) by nia.
  assert (-(2 ^ 45) <= a * b <= 2 ^ 45) by nia.
  assert (0 <= b * b <= 2 ^ 46) by nia.
  repeat split; nia.
Qed.

(* dpdm_grid_capacity: sums of that many units with noise within reach stay inside int64. *)
Theorem capacity_fits : forall units reach bits, 0 <= bits -> 0 <= reach < 2 ^ 63 ->
  0 <= units <= Z.shiftr (2 ^ 63 - 1 - reach) bits -> units * 2 ^ bits + reach <= 2 ^ 63 - 1.
Proof.
  intros units reach bits Hb Hr [H0 H].
  rewrite Z.shiftr_div_pow2 in H by lia.
  assert (0 < 2 ^ bits) by (apply Z.pow_pos_nonneg; lia).
  pose proof (Z.mul_div_le (2 ^ 63 - 1 - reach) (2 ^ bits) ltac:(lia)). nia.
Qed.

(* A coordinate is no longer than the vector: |z|^2 <= 2^(2 bits) gives |z| <= 2^bits. *)
Theorem coordinate_fits : forall z rest bits, 0 <= bits -> 0 <= rest -> z * z + rest <= 2 ^ (2 * bits) -> Z.abs z <= 2 ^ bits.
Proof.
  intros z rest bits Hb Hr H.
  replace (2 * bits) with (bits + bits) in H by ring. rewrite Z.pow_add_r in H by lia.
  assert (0 < 2 ^ bits) by (apply Z.pow_pos_nonneg; lia). nia.
Qed.
