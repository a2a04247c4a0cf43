"""The page of a run's weights, of the pathway that is chosen where a network has several."""

from spikesampler.view.weights import WeightsPage

__all__ = ["PathwaysPage"]


class PathwaysPage:
    """The WeightsPage of one pathway after the other; shown : a ViewedRun."""

    def __init__(self, shown):
        import panel as pn

        self.shown = shown
        names = shown.pathways
        several = {"options": names, "value": names[0], "visible": len(names) > 1}
        self.choice = pn.widgets.Select(name="Pathway", width=220, **several)
        self.body = pn.Column(sizing_mode="stretch_width")
        self.choice.param.watch(lambda _: self._choose(), "value")
        self._choose()

    def _choose(self):
        self.page = WeightsPage(self.shown.pathway(self.choice.value))
        self.body[:] = [self.page.view()]

    def show(self, shown):
        """Show a run that has grown; the pathway stays."""
        self.shown = shown
        self.page.show(shown.pathway(self.choice.value))

    def view(self):
        """All of it, to lay out."""
        import panel as pn

        return pn.Column(self.choice, self.body, sizing_mode="stretch_width")
