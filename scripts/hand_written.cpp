// Speed reference: the network of `models/fang_2018.py` as one plain loop, written by hand for this network alone.
//
// Fang, Yu & Chen 2018, Eq. (2), on the circuit and stimuli of Kappel et al. 2015. `benchmark.py` times the generated
// engine against it. No recording, no probes, no options: nothing but the simulation, in float32.
// Known weakness: near theta = -4 a learning step is only a few ulp of a float32, so this is no program for results.
//
//     g++ -std=c++17 -O3 -march=native -ffast-math hand_written.cpp -o hand_written
//     ./hand_written weight 5000 1

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <numeric>
#include <random>
#include <string>

#ifndef INPUTS
#define INPUTS 1000
#endif
#ifndef OUTPUTS
#define OUTPUTS 10
#endif
#ifndef DIMENSIONS
#define DIMENSIONS 3
#endif

constexpr int I = INPUTS, K = OUTPUTS, D = DIMENSIONS;
constexpr int steps_per_sample = 200;
constexpr float dt = 1e-3f, grid = 0.2f;                         // s
constexpr float tau_m = 0.020f, tau_s = 0.002f;                  // s
constexpr float rho = 200, r_min = 2, r_max = 80;                // Hz
constexpr float tuning_width = 0.3f, cluster_spread = 0.04f;
constexpr float theta_0 = 3, theta_min = -5, intensity_max = 5;
constexpr float mu = 0.5f, sigma = 1;
constexpr float b = 1e-4f, N = 100, event_step = b * N * 1;      // b in 1/s; an event acts as for one second
const float alpha = std::exp(-2.0f), theta_max = theta_0 + std::log(std::log(intensity_max / alpha));
const float decay_m = std::exp(-dt / tau_m), decay_s = std::exp(-dt / tau_s);

constexpr int lanes = 32;                                        // generators side by side, for vector instructions
constexpr int round_up(int n) { return (n + 2 * lanes - 1) / (2 * lanes) * (2 * lanes); }
constexpr int padded = round_up(I), num_draws = round_up(I + K + 1);

// Generators xoshiro256++ (Blackman & Vigna 2021); each number yields two draws of 32 bits.
struct Random {
    alignas(64) std::uint64_t s[4][lanes];

    template <class Seeder> explicit Random(Seeder& seeder) {
        for (auto& word : s)
            for (auto& lane : word) lane = seeder();
    }

    static std::uint64_t rotate(std::uint64_t x, int bits) { return x << bits | x >> (64 - bits); }

    void fill(std::uint32_t* draws, int count) {  // count: a multiple of 2*lanes
        for (int start = 0; start < count; start += 2 * lanes)
            for (int j = 0; j < lanes; ++j) {
                std::uint64_t s0 = s[0][j], s1 = s[1][j], s2 = s[2][j], s3 = s[3][j];
                const std::uint64_t result = rotate(s0 + s3, 23) + s0, shifted = s1 << 17;
                s2 ^= s0, s3 ^= s1, s1 ^= s2, s0 ^= s3;
                s[0][j] = s0, s[1][j] = s1, s[2][j] = s2 ^ shifted, s[3][j] = rotate(s3, 45);
                draws[start + j] = static_cast<std::uint32_t>(result);
                draws[start + lanes + j] = static_cast<std::uint32_t>(result >> 32);
            }
    }
};

// A draw of 32 bits is below this with the given probability (< 1).
inline std::uint32_t threshold(float probability) { return static_cast<std::uint32_t>(probability * 0x1p32f); }

// A draw of 32 bits as a number in (0, 1).
inline float uniform(std::uint32_t draw) { return (static_cast<std::int32_t>(draw >> 9) + 0.5f) * 0x1p-23f; }

struct Network {
    alignas(64) float theta[K][padded], w[K][padded], intensity[K][padded];
    alignas(64) float x_slow[padded] = {}, x_fast[padded] = {};
    alignas(64) float centre[D][padded] = {}, normal[padded] = {};
    alignas(64) std::uint32_t spike_below[padded] = {}, draws[num_draws];
    alignas(64) std::uint8_t spiking[padded] = {};
    float v_slow[K] = {}, v_fast[K] = {}, total_intensity[K] = {};
    float cluster[K][D];
    int spike_count[K];
    long input_spikes = 0, output_spikes = 0, teacher_events = 0, correct = 0;
    std::mt19937_64 rare;                                        // start, classes, stimuli
    std::normal_distribution<float> gauss;
    Random random;

    explicit Network(std::uint64_t seed) : rare(seed), random(rare) {
        std::uniform_real_distribution<float> cube;
        for (auto& axis : centre)
            for (int i = 0; i < I; ++i) axis[i] = cube(rare);
        for (auto& mean : cluster)
            for (float& coordinate : mean) coordinate = 0.5f + 0.2f * gauss(rare);
        for (int k = 0; k < K; ++k)
            for (int i = 0; i < I; ++i) {
                theta[k][i] = mu + sigma * gauss(rare);
                intensity[k][i] = alpha * std::exp(std::exp(theta[k][i] - theta_0));
            }
    }

    // Box & Muller; the sine is written as a cosine, because a pair of both is not vectorised
    void draw_normals() {
        constexpr int half = padded / 2;
        random.fill(draws, padded);
        for (int i = 0; i < half; ++i) {
            const float radius = std::sqrt(-2 * std::log(uniform(draws[i])));
            const float angle = 6.2831853f * uniform(draws[half + i]);
            normal[i] = radius * std::cos(angle);
            normal[half + i] = radius * std::cos(angle - 1.5707963f);
        }
    }

    // Move the synapses of output k by change(i), and sum its potentials anew, at no more cost than their changes
    template <class Change> void move(int k, Change change) {
        float slow = 0, fast = 0, total = 0;
        for (int i = 0; i < I; ++i) {
            theta[k][i] = std::clamp(theta[k][i] + change(i), theta_min, theta_max);
            w[k][i] = std::exp(theta[k][i] - theta_0);
            intensity[k][i] = alpha * std::exp(w[k][i]);
            slow += w[k][i] * x_slow[i], fast += w[k][i] * x_fast[i], total += intensity[k][i];
        }
        v_slow[k] = slow, v_fast[k] = fast, total_intensity[k] = total;
    }

    // Eq. (2) at an event of output k: sign +1 for the teacher's, -1 for its own
    void learn(int k, float sign) {
        move(k, [&](int i) { return sign * event_step * w[k][i] * (x_slow[i] - x_fast[i] - intensity[k][i]); });
    }

    // Prior and noise over one sample
    void drift(int k, bool noisy) {
        const float variance = noisy ? 2 * b * N * grid : 0;  // of the noise, per intensity
        if (noisy) draw_normals();
        move(k, [&](int i) {
            return b * grid / (sigma * sigma) * (mu - theta[k][i]) + std::sqrt(variance * intensity[k][i]) * normal[i];
        });
    }

    void step(int label) {
        random.fill(draws, num_draws);
        for (int i = 0; i < padded; ++i) {
            x_slow[i] *= decay_m, x_fast[i] *= decay_s;
            spiking[i] = draws[i] < spike_below[i];
        }
        float share[K], highest = -1e30f, sum = 0;
        for (int k = 0; k < K; ++k) {
            v_slow[k] *= decay_m, v_fast[k] *= decay_s;
            share[k] = v_slow[k] - v_fast[k] - total_intensity[k];
            highest = std::max(highest, share[k]);
        }
        for (float& u : share) sum += u = std::exp(u - highest);

        for (int start = 0; start < I; start += 8) {
            std::uint64_t any;  // of eight inputs; few spike
            std::memcpy(&any, spiking + start, 8);
            if (!any) continue;
            for (int i = start; i < start + 8; ++i)
                if (spiking[i]) {
                    ++input_spikes, ++x_slow[i], ++x_fast[i];
                    for (int k = 0; k < K; ++k) v_slow[k] += w[k][i], v_fast[k] += w[k][i];
                }
        }
        const std::uint32_t* draw = draws + I;
        if (draw[K] < threshold(rho * dt)) ++teacher_events, learn(label, 1);
        for (int k = 0; k < K; ++k)
            if (draw[k] < threshold(rho * dt * share[k] / sum)) ++spike_count[k], ++output_spikes, learn(k, -1);
    }

    void show_sample(bool noisy) {
        const int label = std::uniform_int_distribution<int>(0, K - 1)(rare);
        float stimulus[D];
        for (int d = 0; d < D; ++d) stimulus[d] = cluster[label][d] + cluster_spread * gauss(rare);
        for (int i = 0; i < I; ++i) {
            float squared = 0;
            for (int d = 0; d < D; ++d) squared += (stimulus[d] - centre[d][i]) * (stimulus[d] - centre[d][i]);
            spike_below[i] = threshold(dt * (r_min + r_max * std::exp(-squared / (tuning_width * tuning_width))));
        }
        for (int k = 0; k < K; ++k) drift(k, noisy), spike_count[k] = 0;
        for (int t = 0; t < steps_per_sample; ++t) step(label);
        correct += std::max_element(spike_count, spike_count + K) - spike_count == label;
    }
};

bool parse(const std::string& text, std::uint64_t& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size();
}

int main(int count, char** arguments) {
    const std::string arm = count == 4 ? arguments[1] : "";
    std::uint64_t samples, seed;
    if ((arm != "none" && arm != "weight") || !parse(arguments[2], samples) || samples < 1 || samples > 1'000'000'000 ||
        !parse(arguments[3], seed)) {
        std::fputs("usage: hand_written none|weight SAMPLES SEED, with 1 <= SAMPLES <= 10^9 and SEED >= 0\n", stderr);
        return 2;
    }
    const auto network = std::make_unique<Network>(seed);
    const auto start = std::chrono::steady_clock::now();
    for (std::uint64_t sample = 0; sample < samples; ++sample) network->show_sample(arm == "weight");
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    double theta = 0;
    for (const auto& row : network->theta) theta = std::accumulate(row, row + I, theta);
    std::printf("{\"seconds\": %.6f, \"input_spikes\": %ld, \"output_spikes\": %ld, \"teacher_events\": %ld, "
                "\"online\": %.6f, \"mean_theta\": %.6f}\n",
                seconds.count(), network->input_spikes, network->output_spikes, network->teacher_events,
                double(network->correct) / double(samples), theta / (double(I) * K));
}
