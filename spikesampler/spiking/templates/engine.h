// What the compiled network computes by itself rather than through Brian2: exp, random numbers, spike times of inputs.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

namespace engine {

// e^x, relative error below (1 + |x|/6) 2^-52; for x from -708 to 709, and its values there beyond. Unlike the library's
// it is inlined, so that loops over synapses keep their numbers in registers. e^x = 2^n e^r, |r| <= log(2)/2, with a
// minimax polynomial in r.
inline double exp(double x)
{
    x = std::min(std::max(x, -708.0), 709.0);
    const double n = __builtin_nearbyint(x * 1.4426950408889634);
    const double r = x - n * 0.6931471805599453;
    double p = 2.5110037716573578e-08;
    p = p * r + 2.763263978288121e-07;
    p = p * r + 2.7557240918280047e-06;
    p = p * r + 2.4801485481939763e-05;
    p = p * r + 1.9841269890047392e-04;
    p = p * r + 1.3888888952315137e-03;
    p = p * r + 8.333333333319601e-03;
    p = p * r + 0.04166666666648809;
    p = p * r + 0.1666666666666668;
    p = p * r + 0.5000000000000019;
    p = p * r + 1.0;
    p = p * r + 1.0;
    const double shifted = n + 6755399441055744.0;  // 1.5 * 2^52: n in the last bits
    uint64_t exponent, bits;
    std::memcpy(&exponent, &shifted, 8);
    std::memcpy(&bits, &p, 8);
    bits += exponent << 52;
    std::memcpy(&p, &bits, 8);
    return p;
}

// Sums of rows, each replaced by the mean of all: their total over the number of what was summed.
inline void share_mean(double* sums, int num_rows, double number)
{
    double total = 0;
    for (int row = 0; row < num_rows; ++row)
        total += sums[row];
    std::fill_n(sums, num_rows, total / number);
}

// Whether a number is finite, by its bits: -ffast-math takes it for granted.
inline bool is_finite(double x)
{
    uint64_t bits;
    std::memcpy(&bits, &x, 8);
    return (bits & 0x7ff0000000000000) != 0x7ff0000000000000;
}

// Whether all numbers are. Their sum is not if one of them is not; where it is not, all are looked at.
inline bool all_finite(const double* x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; ++i)
        sum += x[i];
    return is_finite(sum) || std::all_of(x, x + n, is_finite);
}

// xoshiro256++ (Blackman & Vigna 2021), as many generators side by side as the compiler can put in a vector.
class Random
{
    static constexpr int lanes = 8, block = 256;
    uint64_t state[4][lanes];
    double buffer[block];
    int used = block;

    static uint64_t rotated(uint64_t x, int by) { return (x << by) | (x >> (64 - by)); }

  public:
    void seed(uint64_t x)  // by splitmix64
    {
        for (auto& word : state)
            for (auto& lane : word)
            {
                uint64_t z = (x += 0x9e3779b97f4a7c15);
                z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
                z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
                lane = z ^ (z >> 31);
            }
        used = block;
    }

    // uniform in (0, 1): odd multiples of 2^-53
    void uniforms(double* out, size_t n)
    {
        for (size_t first = 0; first < n; first += lanes)
        {
            double drawn[lanes];
            for (int i = 0; i < lanes; ++i)
            {
                const uint64_t result = rotated(state[0][i] + state[3][i], 23) + state[0][i], t = state[1][i] << 17;
                state[2][i] ^= state[0][i];
                state[3][i] ^= state[1][i];
                state[1][i] ^= state[2][i];
                state[0][i] ^= state[3][i];
                state[2][i] ^= t;
                state[3][i] = rotated(state[3][i], 45);
                const uint64_t bits = (result >> 12) | 0x3ff0000000000000;  // in [1, 2)
                double x;
                std::memcpy(&x, &bits, 8);
                drawn[i] = x - (1 - 0x1p-53);
            }
            std::copy(drawn, drawn + std::min<size_t>(lanes, n - first), out + first);
        }
    }

    double uniform()
    {
        if (used == block)
        {
            uniforms(buffer, block);
            used = 0;
        }
        return buffer[used++];
    }

    // exponential, mean 1
    void exponentials(double* out, size_t n)
    {
        uniforms(out, n);
        for (size_t i = 0; i < n; ++i)
            out[i] = -std::log(out[i]);
    }

    // standard normal, by Box and Muller: sqrt(-2 log u) times cosine and sine of a uniform angle, twice doubled
    void normals(double* out, size_t n)
    {
        double radius[block], angle[block];
        for (size_t first = 0; first < n; first += 2 * block)
        {
            const size_t pairs = std::min<size_t>(block, (n - first + 1) / 2), second = std::min(pairs, n - first - pairs);
            uniforms(radius, pairs);
            uniforms(angle, pairs);
            for (size_t i = 0; i < pairs; ++i)
            {
                const double a = (angle[i] - 0.5) * 1.5707963267948966, s = a * a, r = std::sqrt(-2 * std::log(radius[i]));
                double sine = -1 / 1307674368000., cosine = 1 / 20922789888000.;
                sine = sine * s + 1 / 6227020800.;
                sine = sine * s - 1 / 39916800.;
                sine = sine * s + 1 / 362880.;
                sine = sine * s - 1 / 5040.;
                sine = sine * s + 1 / 120.;
                sine = sine * s - 1 / 6.;
                sine = a * (sine * s + 1);
                cosine = cosine * s - 1 / 87178291200.;
                cosine = cosine * s + 1 / 479001600.;
                cosine = cosine * s - 1 / 3628800.;
                cosine = cosine * s + 1 / 40320.;
                cosine = cosine * s - 1 / 720.;
                cosine = cosine * s + 1 / 24.;
                cosine = cosine * s - 0.5;
                cosine = cosine * s + 1;
                const double sine_2 = 2 * sine * cosine, cosine_2 = 1 - 2 * sine * sine;
                radius[i] = r * (1 - 2 * sine_2 * sine_2);
                angle[i] = r * 2 * sine_2 * cosine_2;
            }
            std::copy(radius, radius + pairs, out + first);
            std::copy(angle, angle + second, out + first + pairs);
        }
    }
};

// A stream for each use, so that what one of them draws moves no other: networks that differ in their noise alone, or in
// what their outputs do, get the same spikes from their inputs and the same events from their teacher.
inline Random random;          // the teacher
inline Random input_random;    // spikes of the inputs
inline Random output_random;   // spikes of the outputs
inline Random noise_random;    // noise of the synapses, on the grid
inline Random rule_random;     // rules of learning
inline Random event_random;    // own events, resets
inline Random release_random;  // which spikes a synapse passes
inline Random* stream = &random;               // that of rand() in the statements of neurons
inline std::vector<double> normals, uniforms;  // those of the current row of synapses
inline std::vector<double> variances;          // of the noise of a row of synapses, and theta before it

inline void seed(uint32_t x)
{
    uint64_t stream = 0;
    for (Random* generator : {&random, &input_random, &output_random, &noise_random, &rule_random, &event_random,
                              &release_random})
        generator->seed(x + (stream++ << 32));
}

// The spikes of a sample, some steps ahead, ordered by step. They are drawn as waiting times, for all neurons at once, so
// that a step costs as much as it has spikes, whatever the number of neurons.
class Calendar
{
    static constexpr double most = 1e6;  // steps, and about as many spikes, are drawn at once: bounds the memory
    const double* hazard;
    size_t N;
    int64_t left = 0;  // steps of the sample that are not drawn
    int32_t steps = 0, step = 0;
    std::vector<int32_t> alive, drawn, when, neurons, start;  // of step s: neurons[start[s]] to neurons[start[s + 1] - 1]
    std::vector<double> mean, last, wait;

    void draw()
    {
        double per_step = 0;
        for (size_t i = 0; i < N; ++i)
            per_step += hazard[i];
        steps = std::min({(double)left, most, std::max(most / per_step, 1.0)});
        left -= steps;
        alive.resize(N), mean.resize(N), last.assign(N, -1), wait.resize(N), start.assign(steps + 2, 0);
        for (size_t i = 0; i < N; ++i)
            alive[i] = i, mean[i] = 1 / hazard[i];
        size_t known = 0;
        for (size_t count = N, kept; count > 0; count = kept, known += kept)
        {
            input_random.exponentials(wait.data(), count);
            for (size_t j = 0; j < count; ++j)
                last[j] += std::max(std::ceil(wait[j] * mean[j]), 1.0);
            if (drawn.size() < known + count)
                drawn.resize(known + count), when.resize(known + count);
            kept = 0;
            for (size_t j = 0; j < count; ++j)  // written in any case, and counted where it is in time
            {
                const bool in_time = last[j] < steps;
                drawn[known + kept] = alive[kept] = alive[j];
                when[known + kept] = in_time ? last[j] : 0;
                mean[kept] = mean[j];
                last[kept] = last[j];
                kept += in_time;
            }
        }
        neurons.resize(known);
        for (size_t j = 0; j < known; ++j)
            ++start[when[j] + 2];
        for (int32_t s = 2; s < steps + 2; ++s)
            start[s] += start[s - 1];
        for (size_t j = 0; j < known; ++j)
            neurons[start[when[j] + 1]++] = drawn[j];
        step = 0;
    }

  public:
    // From now on, for `num_steps` steps, neuron i spikes in each with probability 1 - exp(-hazards[i]).
    void begin(const double* hazards, size_t num_neurons, int64_t num_steps)
    {
        hazard = hazards, N = num_neurons, left = num_steps, steps = step = 0;
    }

    // The number of spikes in the next step, and their neurons: none after the last of the steps.
    size_t next(int32_t* out)
    {
        if (step == steps && left == 0)
            return 0;
        if (step == steps)
            draw();
        std::copy(neurons.begin() + start[step], neurons.begin() + start[step + 1], out);
        ++step;
        return start[step] - start[step - 1];
    }
};

inline Calendar calendar;

// Spikes of a file, which has their number, an int64, then their steps, in order, and then their neurons, int32.
class Replay
{
    std::vector<int32_t> steps, neurons;
    size_t place = 0;

  public:
    explicit Replay(const std::string& path)
    {
        std::ifstream file(path, std::ios::binary);
        int64_t count = 0;
        file.read((char*)&count, 8);
        steps.resize(count), neurons.resize(count);
        file.read((char*)steps.data(), 4 * count);
        file.read((char*)neurons.data(), 4 * count);
        if (!file)
        {
            std::fprintf(stderr, "the spikes to be replayed cannot be read\n");
            std::exit(1);
        }
    }

    // The number of spikes in this step, and their neurons; steps are asked for in order.
    size_t next(int64_t step, int32_t* out)
    {
        size_t count = 0;
        for (; place < steps.size() && steps[place] == step; ++place)
            out[count++] = neurons[place];
        return count;
    }
};

// Values of chosen synapses and outputs go to the file `written`. The file `asked` has their numbers, how many and which,
// for each variable of the program that can be recorded; without it nobody asked for any. The file `moments` has the
// steps at whose begin they are wanted, in order; without it each step that is asked for is one.
class Trajectories
{
    std::vector<std::vector<int64_t>> chosen;
    std::vector<int64_t> moments;
    size_t variable = 0, moment = 0;
    std::vector<double> row;
    std::FILE* file = nullptr;
    int error = 0;

  public:
    Trajectories(const std::string& asked, const std::string& written, const std::string& at = "")
    {
        std::ifstream numbers(asked, std::ios::binary), steps(at, std::ios::binary);
        const auto read = [](std::ifstream& from, int64_t& number) -> bool
        { return bool(from.read(reinterpret_cast<char*>(&number), sizeof(number))); };
        for (int64_t count; read(numbers, count);)
        {
            chosen.emplace_back(count);
            for (int64_t& number : chosen.back())
                read(numbers, number);
        }
        for (int64_t step; read(steps, step);)
            moments.push_back(step);
        if (!chosen.empty() && (file = std::fopen(written.c_str(), "wb")) == nullptr)
            error = errno;
    }

    bool are_due(int64_t step)  // whether this step, which follows all that were asked about, is a moment
    {
        return moment < moments.size() && moments[moment] == step ? ++moment, true : false;
    }

    bool are_wanted() const { return file != nullptr; }

    void begin() { variable = 0; }

    template <class Values> void add(const Values& values, double frame)  // of the next variable
    {
        row.clear();
        for (const int64_t number : chosen[variable++])
            row.push_back(values[number] * frame);
        if (!error && std::fwrite(row.data(), sizeof(double), row.size(), file) != row.size())
            error = errno ? errno : EIO;
    }

    int close()  // what the system has against it, or 0
    {
        if (file != nullptr && std::fclose(file) != 0 && !error)
            error = errno;
        file = nullptr;
        return error;
    }
};

template <typename Number>  // how many numbers of each row are not 0
inline std::vector<int32_t> row_sums(const Number* values, int64_t rows, int64_t columns)
{
    std::vector<int32_t> sums(rows);
    for (int64_t row = 0; row < rows; ++row)
        for (int64_t column = 0; column < columns; ++column)
            sums[row] += values[row * columns + column] != 0;
    return sums;
}

// What a frozen network answers: the mean over the steps of a sample of each output's share in what all of them fire at.
// Networks with other theta ride along on the same input spikes: of each is known what its u is a sum of, with
// u = offset + sum_j factor_j S_j, where in a step S becomes flow S and an input spike adds jump_j c_j to S_j. The file
// `riders` says all of that; without it nobody asked for answers. They go to the file `answers`, (samples, 1 + riders, K).
class Answers
{
    int64_t riders = 0, sums = 0, tables = 0, K = 0, steps = 1;
    std::vector<double> flow, factor, jump, table_of, offset, state, next, tables_of_inputs, arriving, u;
    std::vector<double> total;
    double* row = nullptr;  // of the sample, null in gaps

    void add(const double* rates, double* to, bool any = true) const
    {
        double sum = 0;
        for (int64_t k = 0; any && k < K; ++k)
            sum += std::max(rates[k], 0.0);
        for (int64_t k = 0; k < K; ++k)
            to[k] += sum > 0 ? std::max(rates[k], 0.0) / sum : 1.0 / K;
    }

  public:
    bool are_wanted = false;

    Answers(const std::string& path, int64_t num_outputs, int64_t num_samples, int64_t steps_per_sample)
        : K(num_outputs), steps(steps_per_sample)
    {
        std::ifstream file(path, std::ios::binary);
        int64_t sizes[4];  // riders, sums, tables of coefficients, inputs
        if (!file.read(reinterpret_cast<char*>(sizes), sizeof(sizes)))
            return;
        are_wanted = true;
        riders = sizes[0], sums = sizes[1], tables = sizes[2];
        const int64_t width = riders * K;
        const auto read = [&](std::vector<double>& values, int64_t size)
        {
            values.resize(size);
            file.read(reinterpret_cast<char*>(values.data()), size * sizeof(double));
        };
        read(flow, sums * sums), read(factor, sums), read(jump, sums), read(table_of, sums), read(offset, width);
        read(state, sums * width), read(tables_of_inputs, tables * sizes[3] * width);
        if (!file)
        {
            std::fprintf(stderr, "the networks that ride along cannot be read\n");
            std::exit(1);
        }
        next.resize(state.size()), arriving.resize(tables * width), u.resize(width);
        total.assign(num_samples * (1 + riders) * K, 0);
    }

    void begin(int64_t sample, bool is_shown) { row = is_shown ? &total[sample * (1 + riders) * K] : nullptr; }

    void add(const double* rates, bool any = true)  // of the network itself; any: whether some are not 0
    {
        if (row != nullptr)
            add(rates, row, any);
    }

    void ride(const int32_t* spikes, int32_t num_spikes, int64_t inputs)  // a step of all that ride along
    {
        const int64_t width = riders * K;
        for (int64_t j = 0; j < sums; ++j)
        {
            double* const to = &next[j * width];
            std::fill_n(to, width, 0.0);
            for (int64_t l = 0; l < sums; ++l)
                if (const double by = flow[j * sums + l]; by != 0)
                    for (int64_t r = 0; r < width; ++r)
                        to[r] += by * state[l * width + r];
        }
        std::swap(state, next);
        if (row != nullptr && riders > 0)
        {
            std::copy(offset.begin(), offset.end(), u.begin());
            for (int64_t j = 0; j < sums; ++j)
                for (int64_t r = 0; r < width; ++r)
                    u[r] += factor[j] * state[j * width + r];
            for (int64_t rider = 0; rider < riders; ++rider)
            {
                double* const own = &u[rider * K];
                const double highest = *std::max_element(own, own + K);
                for (int64_t k = 0; k < K; ++k)
                    own[k] = engine::exp(own[k] - highest);
                add(own, row + (1 + rider) * K);
            }
        }
        if (num_spikes == 0)
            return;
        std::fill(arriving.begin(), arriving.end(), 0.0);
        for (int64_t table = 0; table < tables; ++table)
            for (int32_t spike = 0; spike < num_spikes; ++spike)
            {
                const double* const from = &tables_of_inputs[(table * inputs + spikes[spike]) * width];
                for (int64_t r = 0; r < width; ++r)
                    arriving[table * width + r] += from[r];
            }
        for (int64_t j = 0; j < sums; ++j)
            for (int64_t r = 0; r < width; ++r)
                state[j * width + r] += jump[j] * arriving[(int64_t)table_of[j] * width + r];
    }

    int close(const std::string& path)  // what the system has against it, or 0
    {
        if (!are_wanted)
            return 0;
        for (double& value : total)
            value /= steps;
        std::FILE* const file = std::fopen(path.c_str(), "wb");
        if (file == nullptr)
            return errno;
        int error = std::fwrite(total.data(), sizeof(double), total.size(), file) != total.size() ? EIO : 0;
        return std::fclose(file) != 0 && !error ? errno : error;
    }
};

inline Answers* answers = nullptr;  // of this chunk, where they are wanted

}  // namespace engine
