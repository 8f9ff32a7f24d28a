// What the tape asks of the processor's vector instructions: which of 16 or 64 bytes stand out.
// Only tape.c includes this, through tape_scan.h. TAPE_SIMD says what there is: 0 plain C, 1 what
// each processor of the architecture has (SSE2 or NEON), 2 AVX2 too on a processor that has it.
// Tests set it lower, to compare the forms.
#ifndef EVENKEEL_JSON_TAPE_VECTOR_H
#define EVENKEEL_JSON_TAPE_VECTOR_H

#include <stdbool.h>
#include <stdint.h>

#if defined(__x86_64__)
#define TAPE_SIMD_MOST 2
#elif defined(__aarch64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define TAPE_SIMD_MOST 1
#else
#define TAPE_SIMD_MOST 0
#endif

#if !defined(TAPE_SIMD) || TAPE_SIMD > TAPE_SIMD_MOST
#undef TAPE_SIMD
#define TAPE_SIMD TAPE_SIMD_MOST
#endif

#define TAPE_INLINE static inline __attribute__((always_inline))

#if TAPE_SIMD > 0

// One bit for each of 64 bytes. The first byte has the lowest bit.
struct vector_masks {
    uint64_t quotes;
    uint64_t backslashes;
    uint64_t openings; // [ counts as {, and ] as }
    uint64_t closings;
};

#ifdef __x86_64__

#include <immintrin.h>

enum { VECTOR_BITS = 1 }; // for each byte in what vector_special() returns

// Returns the bytes of 16 that a string cannot just contain: a quote, a backslash, a control
// character, or anything past ASCII.
TAPE_INLINE uint64_t vector_special(const uint8_t *at)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
    __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
    __m128i backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
    // The comparison is signed: bytes past ASCII are negative, so they are below a space, like
    // control characters.
    __m128i low = _mm_cmplt_epi8(bytes, _mm_set1_epi8(' '));

    return (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, backslash), low));
}

TAPE_INLINE struct vector_masks vector_look(const uint8_t *at)
{
    struct vector_masks masks = {0, 0, 0, 0};

#pragma GCC unroll 4
    for (int i = 0; i < 64; i += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(at + i));
        __m128i folded = _mm_or_si128(bytes, _mm_set1_epi8(0x20));

#define BITS(vector, byte)                                                                         \
    ((uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(vector, _mm_set1_epi8(byte))) << i)
        masks.quotes |= BITS(bytes, '"');
        masks.backslashes |= BITS(bytes, '\\');
        masks.openings |= BITS(folded, '{');
        masks.closings |= BITS(folded, '}');
#undef BITS
    }
    return masks;
}

#else

#include <arm_neon.h>

enum { VECTOR_BITS = 4 };

TAPE_INLINE uint64_t vector_special(const uint8_t *at)
{
    uint8x16_t bytes = vld1q_u8(at);
    uint8x16_t quote = vceqq_u8(bytes, vdupq_n_u8('"'));
    uint8x16_t backslash = vceqq_u8(bytes, vdupq_n_u8('\\'));
    // Signed, as above.
    uint8x16_t low = vcltq_s8(vreinterpretq_s8_u8(bytes), vdupq_n_s8(' '));
    uint8x16_t special = vorrq_u8(vorrq_u8(quote, backslash), low);

    // Each byte is all ones or all zeros: this keeps four bits of each.
    return vget_lane_u64(vreinterpret_u64_u8(vshrn_n_u16(vreinterpretq_u16_u8(special), 4)), 0);
}

// Returns a bit for each of 64 bytes that are all ones or all zeros. Each byte keeps the bit of its
// place among eight. Three times neighbours are added, until eight bytes are one.
TAPE_INLINE uint64_t vector_bits(const uint8x16_t *bytes)
{
    const uint8x16_t places = vreinterpretq_u8_u64(vdupq_n_u64(0x8040201008040201));
    uint8x16_t low = vpaddq_u8(vandq_u8(bytes[0], places), vandq_u8(bytes[1], places));
    uint8x16_t high = vpaddq_u8(vandq_u8(bytes[2], places), vandq_u8(bytes[3], places));
    uint8x16_t both = vpaddq_u8(low, high);

    return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(both, both)), 0);
}

// Returns the bytes of 64 that are `byte`.
TAPE_INLINE uint64_t vector_equal(const uint8x16_t *bytes, char byte)
{
    const uint8x16_t all = vdupq_n_u8((uint8_t)byte);
    const uint8x16_t equal[] = {vceqq_u8(bytes[0], all), vceqq_u8(bytes[1], all),
                                vceqq_u8(bytes[2], all), vceqq_u8(bytes[3], all)};

    return vector_bits(equal);
}

TAPE_INLINE struct vector_masks vector_look(const uint8_t *at)
{
    uint8x16_t bytes[4], folded[4];

#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        bytes[i] = vld1q_u8(at + i * 16);
        folded[i] = vorrq_u8(bytes[i], vdupq_n_u8(0x20));
    }
    return (struct vector_masks){vector_equal(bytes, '"'), vector_equal(bytes, '\\'),
                                 vector_equal(folded, '{'), vector_equal(folded, '}')};
}

#endif
#endif

#if TAPE_SIMD > 1

#define TAPE_AVX2 __attribute__((target("avx2,popcnt,bmi,pclmul")))

TAPE_AVX2 static inline struct vector_masks vector_look_wide(const uint8_t *at)
{
    struct vector_masks masks = {0, 0, 0, 0};

#pragma GCC unroll 2
    for (int i = 0; i < 64; i += 32) {
        __m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)(at + i));
        __m256i folded = _mm256_or_si256(bytes, _mm256_set1_epi8(0x20));

#define BITS(vector, byte)                                                                         \
    ((uint64_t)(unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi8(vector, _mm256_set1_epi8(byte)))   \
     << i)
        masks.quotes |= BITS(bytes, '"');
        masks.backslashes |= BITS(bytes, '\\');
        masks.openings |= BITS(folded, '{');
        masks.closings |= BITS(folded, '}');
#undef BITS
    }
    return masks;
}

// Sets bit i to the parity of the bits up to i: the product with all ones, without carries.
TAPE_AVX2 static inline uint64_t vector_parity(uint64_t bits)
{
    __m128i product =
        _mm_clmulepi64_si128(_mm_cvtsi64_si128((long long)bits), _mm_set1_epi8(-1), 0);

    return (uint64_t)_mm_cvtsi128_si64(product);
}

TAPE_INLINE bool vector_is_wide(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt") &&
           __builtin_cpu_supports("bmi") && __builtin_cpu_supports("pclmul");
}

#endif

#endif
