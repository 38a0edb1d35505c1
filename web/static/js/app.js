// What every page loads. Each module looks after the parts of the page it knows.
import "./live.js";
import "./moments.js";
import "./messages.js";
import "./completion.js";
import "./composer.js";
import "./dialogs.js";
import "./layout.js";
import "./pages.js";
