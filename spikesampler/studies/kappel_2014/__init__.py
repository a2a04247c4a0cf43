"""Do lateral synapses learn sequences, after Kappel, Nessler & Maass (2014)?"""
