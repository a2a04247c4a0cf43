// What a chunk leaves, in one file: of each array the number of its values, and these. Brian2 would write every array to
// a file of its own, a hundred for each chunk, which costs the kernel as much as a tenth of the simulation.
{
    std::FILE* const file = std::fopen((brian::results_dir + "results").c_str(), "wb");
    int error = file == nullptr ? errno : 0;
    const auto write = [&](const void* values, size_t size, int64_t count) {
        if (!error && (std::fwrite(&count, 8, 1, file) != 1 || std::fwrite(values, size, count, file) != (size_t)count))
            error = errno ? errno : EIO;
    };
    %(arrays)s
    int64_t peak = 0;  // memory in KiB, on Linux; getrusage would count the process that started this one
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.rfind("VmHWM:", 0) == 0)
            peak = std::atoll(line.c_str() + 6);
    write(&peak, sizeof(peak), 1);
    if (!error && std::fclose(file) != 0)
        error = errno;
    if (error)
        std::fprintf(stderr, "%%d\n", error);  // who started this knows what to say of it
    std::exit(error ? %(failed)d : 0);
}
